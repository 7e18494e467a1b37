import type { JsonObject } from '../../domain/json.ts';
import type { PageClaim, Receipt } from '../../domain/page.ts';
import type { DueItem, RecordedItem } from '../journal.ts';
import { isWritten, type Outcome } from '../outcome.ts';
import { type Indexes, idOf } from './indexes.ts';
import type { ItemDocument } from './shapes.ts';

/** What the items index does not say yet: what was not written, and what is written after all. */
export async function newsOfItems(
  { items }: Indexes,
  { runId }: PageClaim,
  outcomes: readonly Outcome[],
): Promise<Outcome[]> {
  const known = await items.getMany(outcomes.filter(isWritten).map(({ item }) => idOf(runId, item)));
  return outcomes.filter((one) => {
    const before = known.get(idOf(runId, one.item));
    return !isWritten(one) || (before && before.source.status !== 'written');
  });
}

/** `again`: an earlier attempt may have recorded some of it. */
export async function recordItems(
  { items }: Indexes,
  page: Omit<PageClaim, 'fence'>,
  outcomes: readonly Outcome[],
  still: () => Promise<boolean>,
  again: boolean,
): Promise<void> {
  const byId = new Map(outcomes.map((outcome) => [idOf(page.runId, outcome.item), outcome]));
  let waiting = again || outcomes.some(({ status }) => status === 'deferred');
  const decide = (id: string, now: ItemDocument | undefined) => {
    waiting ||= now?.status === 'deferred';
    return toDocument(page, byId.get(id) as Outcome);
  };
  await items.change([...byId.keys()], decide, still);
  // Pages search for what waits, and for nothing else.
  if (waiting) await items.refresh();
}

/** Items of the scope that wait once these outcomes are recorded. */
export async function waitingItems(
  { items }: Indexes,
  { runId, scope }: PageClaim,
  outcomes: readonly Outcome[],
): Promise<Receipt['waiting']> {
  const must_not = [{ terms: { item: outcomes.map(({ item }) => item) } }];
  const query = { bool: { filter: [deferredIn(runId, scope)], must_not } };
  const others = await items.first({ query, sort: ['due_at'] });
  const ours = outcomes.filter(({ status }) => status === 'deferred');
  const due = [...ours.map(({ dueAt = 0 }) => dueAt), ...(others.first ? [others.first.due_at ?? 0] : [])];
  return { items: others.count + ours.length, nextDueAt: due.length > 0 ? Math.min(...due) : null };
}

export async function dueItems(
  { items }: Indexes,
  runId: string,
  scope: string,
  now: number,
  limit: number,
): Promise<DueItem[]> {
  const query = deferredIn(runId, scope, { range: { due_at: { lte: now } } });
  const found = await items.find({ query, sort: ['due_at', 'item'], size: limit });
  return found.map(({ source: { item, tries } }) => ({ item, tries }));
}

export async function recordedItems(
  { items }: Indexes,
  runId: string,
  statuses: RecordedItem['status'][],
  { class: name, limit = Number.POSITIVE_INFINITY }: { class?: string; limit?: number } = {},
): Promise<RecordedItem[]> {
  const filter: JsonObject[] = [{ term: { run_id: runId } }, { terms: { status: statuses } }];
  if (name !== undefined) filter.push({ term: { class: name } });
  const recorded: RecordedItem[] = [];
  await items.refresh();
  for await (const { source } of items.every({ bool: { filter } }, ['class', 'item'])) {
    if (recorded.length >= limit) break;
    const { item, unit, status, class: itsClass, message, tries } = source;
    recorded.push({ item, unit, status: status as RecordedItem['status'], class: itsClass, message, tries });
  }
  return recorded;
}

/** One page works on an item at a time. */
export async function beginItem({ starts }: Indexes, runId: string, item: string): Promise<number> {
  let unended = 0;
  await starts.change([idOf(runId, item)], (_, now) => {
    const { started, ended } = now ?? { started: 0, ended: 0 };
    unended = started - ended;
    return { run_id: runId, item, started: started + 1, ended };
  });
  return unended;
}

export async function endItem({ starts }: Indexes, runId: string, item: string): Promise<void> {
  await starts.change(
    [idOf(runId, item)],
    (_, now) => now && { ...now, ended: Math.min(now.ended + 1, now.started) },
  );
}

function deferredIn(runId: string, scope: string, ...more: JsonObject[]): JsonObject {
  const of = [{ term: { run_id: runId } }, { term: { scope } }, { term: { status: 'deferred' } }];
  return { bool: { filter: [...of, ...more] } };
}

function toDocument({ runId, scope, page }: Omit<PageClaim, 'fence'>, outcome: Outcome): ItemDocument {
  const { item, unit, status, class: name, message, tries, dueAt } = outcome;
  return {
    ...{ run_id: runId, item, unit, scope, page, status: isWritten(outcome) ? 'written' : status },
    ...{ class: name ?? status, message: message ?? '', tries },
    due_at: status === 'deferred' ? (dueAt ?? 0) : null,
  };
}
