import type { JsonObject } from '../../domain/json.ts';
import type { PageClaim, Receipt } from '../../domain/page.ts';
import type { DueItem, RecordedItem } from '../journal.ts';
import type { Put } from '../opensearch/collection.ts';
import { type Indexes, type ItemDocument, idOf } from './indexes.ts';
import type { Outcome } from './write.ts';

/** Keeps what was not written; an item that is written after all leaves. */
export async function recordItems(
  { items }: Indexes,
  page: PageClaim,
  outcomes: readonly Outcome[],
): Promise<void> {
  const known = await items.getMany(outcomes.filter(isWritten).map(({ item }) => idOf(page.runId, item)));
  await items.remove([...known.keys()]);
  const kept = outcomes.filter((outcome) => !isWritten(outcome)).map((outcome) => toPut(page, outcome));
  if (kept.length > 0) await items.put(kept);
  if (kept.length > 0 || known.size > 0) await items.refresh();
}

export function isWritten({ status }: Outcome): boolean {
  return status === 'written' || status === 'cached';
}

export async function waitingItems({ items }: Indexes, page: PageClaim): Promise<Receipt['waiting']> {
  const query = deferredIn(page.runId, page.scope);
  const [first] = await items.find({ query, sort: ['due_at'], size: 1 });
  if (!first) return { items: 0, nextDueAt: null };
  return { items: await items.count(query), nextDueAt: first.source.due_at };
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
  for await (const { source } of items.every({ bool: { filter } }, ['class', 'item'])) {
    if (recorded.length >= limit) break;
    const { item, unit, status, class: itsClass, message, tries } = source;
    recorded.push({ item, unit, status: status as RecordedItem['status'], class: itsClass, message, tries });
  }
  return recorded;
}

/** One page works on an item at a time. */
export async function beginItem({ starts }: Indexes, runId: string, item: string): Promise<number> {
  const id = idOf(runId, item);
  const { started, ended } = (await starts.get(id))?.source ?? { started: 0, ended: 0 };
  await starts.put([{ id, source: { run_id: runId, item, started: started + 1, ended }, only: 'always' }]);
  return started - ended;
}

export async function endItem({ starts }: Indexes, runId: string, item: string): Promise<void> {
  const id = idOf(runId, item);
  const known = await starts.get(id);
  if (!known) return;
  const { started, ended } = known.source;
  const source = { run_id: runId, item, started, ended: Math.min(ended + 1, started) };
  await starts.put([{ id, source, only: 'always' }]);
}

function deferredIn(runId: string, scope: string, ...more: JsonObject[]): JsonObject {
  const of = [{ term: { run_id: runId } }, { term: { scope } }, { term: { status: 'deferred' } }];
  return { bool: { filter: [...of, ...more] } };
}

function toPut({ runId, scope }: PageClaim, outcome: Outcome): Put<ItemDocument> {
  const { item, unit, status, class: name, message, tries, dueAt } = outcome;
  const source: ItemDocument = {
    ...{ run_id: runId, item, unit, scope, status, class: name ?? status, message: message ?? '', tries },
    due_at: status === 'deferred' ? (dueAt ?? 0) : null,
  };
  return { id: idOf(runId, item), source, only: 'always' };
}
