import type { JsonObject } from '../../domain/json.ts';
import { QUARANTINED_AFTER, type QuarantinedItem } from '../journal.ts';
import { isWritten, type Outcome } from '../outcome.ts';
import { type Indexes, idOf } from './indexes.ts';
import { inCanary } from './lists.ts';
import type { QuarantineDocument, RunDocument } from './shapes.ts';

/** Written items that failed before: they leave. */
export async function newsOfQuarantine(
  { quarantine }: Indexes,
  { backfill, rollback_of }: RunDocument,
  outcomes: readonly Outcome[],
): Promise<Outcome[]> {
  if (rollback_of !== null) return [];
  const written = outcomes.filter(isWritten);
  const known = await quarantine.getMany(written.map(({ item }) => idOf(backfill, item)));
  return written.filter(({ item }) => (known.get(idOf(backfill, item))?.source.runs ?? 0) > 0);
}

/**
 * An item that failed for good raises its count, once per run; one that was written leaves. A rollback's items are entries
 * of the journal, so it touches nothing here.
 */
export async function recordQuarantine(
  { quarantine }: Indexes,
  { run_id, backfill, rollback_of }: RunDocument,
  outcomes: readonly Outcome[],
  still: () => Promise<boolean>,
): Promise<void> {
  if (rollback_of !== null) return;
  const ended = outcomes.filter((outcome) => isWritten(outcome) || outcome.status === 'failed');
  if (ended.length === 0) return;
  const byId = new Map(ended.map((outcome) => [idOf(backfill, outcome.item), outcome]));
  const decide = (id: string, now: QuarantineDocument | undefined) => {
    const outcome = byId.get(id) as Outcome;
    if (isWritten(outcome)) return now && { ...now, runs: 0 };
    const { item, unit, class: name, message } = outcome;
    const before = now?.runs ?? 0;
    const runs = before > 0 && now?.last_run_id === run_id ? before : before + 1;
    const told = { unit, class: name ?? 'unexpected', message: message ?? '', last_run_id: run_id };
    return { backfill, item, runs, ...told };
  };
  await quarantine.change([...byId.keys()], decide, still);
  await quarantine.refresh();
}

export async function quarantinedItems(indexes: Indexes, backfill: string): Promise<QuarantinedItem[]> {
  const found = await failedOnes(indexes, backfill, QUARANTINED_AFTER);
  return found.map(({ item, unit, runs, class: name, message }) => ({
    ...{ item, unit, runs, message },
    class: name,
  }));
}

export async function failedItems(
  indexes: Indexes,
  backfill: string,
  { class: name }: { class?: string } = {},
): Promise<string[]> {
  const ofClass = name === undefined ? [] : [{ term: { class: name } }];
  return (await failedOnes(indexes, backfill, 1, ...ofClass)).map(({ item }) => item);
}

/** An item of the canary is that first: it was counted with the canary, whatever became of it there. */
export async function leftOutItems(
  indexes: Indexes,
  runId: string,
  items: readonly string[],
): Promise<Map<string, 'canary' | 'quarantined'>> {
  const run = await indexes.runs.get(runId);
  if (!run || run.source.rollback_of !== null) return new Map();
  const { backfill, canary } = run.source;
  const known = await indexes.quarantine.getMany(items.map((item) => idOf(backfill, item)));
  const quarantined = [...known.values()].filter(({ source }) => source.runs >= QUARANTINED_AFTER);
  const first = canary ? await inCanary(indexes, runId, items) : [];
  return new Map([
    ...quarantined.map(({ source }) => [source.item, 'quarantined'] as const),
    ...first.map((item) => [item, 'canary'] as const),
  ]);
}

async function failedOnes(
  { quarantine }: Indexes,
  backfill: string,
  runs: number,
  ...more: JsonObject[]
): Promise<QuarantineDocument[]> {
  const found: QuarantineDocument[] = [];
  const query = { bool: { filter: [{ term: { backfill } }, { range: { runs: { gte: runs } } }, ...more] } };
  for await (const { source } of quarantine.every(query, ['item'])) found.push(source);
  return found;
}
