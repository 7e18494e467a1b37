import type { JsonObject } from '../../domain/json.ts';
import { QUARANTINED_AFTER, type QuarantinedItem } from '../journal.ts';
import { type Indexes, idOf, type QuarantineDocument, type RunDocument } from './indexes.ts';
import { isWritten } from './items.ts';
import { inCanary } from './lists.ts';
import type { Outcome } from './write.ts';

/**
 * An item that failed for good raises its count, once per run; one that was written leaves. A rollback's items are entries
 * of the journal, so it touches nothing here.
 */
export async function recordQuarantine(
  { quarantine }: Indexes,
  { run_id, backfill, rollback_of }: RunDocument,
  outcomes: readonly Outcome[],
): Promise<void> {
  if (rollback_of !== null) return;
  const ended = outcomes.filter((outcome) => isWritten(outcome) || outcome.status === 'failed');
  const known = await quarantine.getMany(ended.map(({ item }) => idOf(backfill, item)));
  const failed = ended.filter((outcome) => !isWritten(outcome));
  const puts = failed.map(({ item, unit, class: name, message }) => {
    const id = idOf(backfill, item);
    const before = known.get(id)?.source;
    const runs = before ? before.runs + (before.last_run_id === run_id ? 0 : 1) : 1;
    const told = { unit, class: name ?? 'unexpected', message: message ?? '', last_run_id: run_id };
    return { id, source: { backfill, item, runs, ...told }, only: 'always' as const };
  });
  const written = ended.filter(isWritten).map(({ item }) => idOf(backfill, item));
  await quarantine.remove(written.filter((id) => known.has(id)));
  if (puts.length > 0) await quarantine.put(puts);
  if (known.size > 0 || puts.length > 0) await quarantine.refresh();
}

export async function quarantinedItems(indexes: Indexes, backfill: string): Promise<QuarantinedItem[]> {
  const found = await failedOnes(indexes, backfill, { range: { runs: { gte: QUARANTINED_AFTER } } });
  return found.map(({ item, unit, runs, class: name, message }) => ({
    item,
    unit,
    runs,
    class: name,
    message,
  }));
}

export async function failedItems(
  indexes: Indexes,
  backfill: string,
  { class: name }: { class?: string } = {},
): Promise<string[]> {
  const found = await failedOnes(
    indexes,
    backfill,
    ...(name === undefined ? [] : [{ term: { class: name } }]),
  );
  return found.map(({ item }) => item);
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
  ...more: JsonObject[]
): Promise<QuarantineDocument[]> {
  const found: QuarantineDocument[] = [];
  const query = { bool: { filter: [{ term: { backfill } }, ...more] } };
  for await (const { source } of quarantine.every(query, ['item'])) found.push(source);
  return found;
}
