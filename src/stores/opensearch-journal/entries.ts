import type { Provenance } from '../../domain/change.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { PageClaim } from '../../domain/page.ts';
import type { SeenDocument, Target } from '../opensearch/current.ts';
import { isSame } from '../opensearch/documents.ts';
import { type Indexes, idOf } from './indexes.ts';
import type { Entry, FieldImages } from './shapes.ts';

/** One entry per run and document. */
export function entryId(runId: string, { table, row }: Target): string {
  return idOf(runId, table, row);
}

/** An entry of nothing: a place where an execution that was replaced can make none. */
export function tombstone(page: PageClaim, target: Target): Entry {
  return {
    ...{ entry: entryId(page.runId, target), run_id: page.runId, item: target.row, page: page.page },
    ...{ table: target.table, index: target.table, row: target.row, fence: page.fence, live: false },
    ...{ written_at: new Date().toISOString(), fields: {} },
    ...{ call_key: null, model: null, prompt_version: null },
    ...{ rolled_back_by: null, rolled_back_at: null, fates: {} },
  };
}

/**
 * What an execution is about to write. `known`: what an earlier attempt may have written; what was there before it stays
 * what was there before.
 */
export function entryOf(
  page: PageClaim,
  edit: Target & { item: string; fields: JsonObject; by: Provenance },
  { index, source }: SeenDocument,
  known: Entry | undefined,
): Entry {
  const { table, row, item, fields, by } = edit;
  const before = known?.live && wasWritten(known, source) ? known.fields : {};
  const images = Object.entries(fields).map(([field, after]): [string, FieldImages] => {
    const found = source[field];
    const ours = before[field] && isOurs(before[field], found) ? before[field] : undefined;
    const image: FieldImages = {
      ...imageOf('before', ours ? ours.before : found),
      ...(after !== null && { after }),
    };
    return [field, ours ? { ...image, replaced: imageOf('after', found) } : image];
  });
  return {
    ...tombstone(page, { table, row }),
    ...{ index, item, live: true, fields: { ...before, ...Object.fromEntries(images) } },
    ...{ call_key: by.callKey ?? null, model: by.model ?? null, prompt_version: by.promptVersion ?? null },
  };
}

/** A document is written as a whole: so one field that tells is enough. */
export function wasWritten({ fields }: Entry, source: JsonObject): boolean {
  return Object.entries(fields).some(
    ([field, images]) => !isSame(source[field], images.before) && isOurs(images, source[field]),
  );
}

/** Whether a field holds what the run put there. */
export function isOurs({ after, replaced }: FieldImages, found: Json | undefined): boolean {
  return isSame(found, after) || (replaced !== undefined && isSame(found, replaced.after));
}

function imageOf<K extends 'before' | 'after'>(key: K, value: Json | undefined): { [P in K]?: Json } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: Json };
}

/** Query: what a run wrote. */
export function liveEntriesOf(runId: string) {
  return { bool: { filter: [{ term: { run_id: runId } }, { term: { live: true } }] } };
}

/** Later entries of the same documents that are neither tombstones nor rolled back, oldest first, by entry. */
export async function laterEntries(
  { entries }: Indexes,
  earlier: readonly Entry[],
): Promise<Map<string, Entry[]>> {
  const [first] = earlier.map(({ written_at }) => written_at).sort();
  if (first === undefined) return new Map();
  await entries.refresh();
  const rows = [...new Set(earlier.map(({ row }) => row))];
  const query = {
    bool: {
      filter: [{ terms: { row: rows } }, { term: { live: true } }, { range: { written_at: { gt: first } } }],
      must_not: { exists: { field: 'rolled_back_by' } },
    },
  };
  const found: Entry[] = [];
  for await (const { source } of entries.every(query, ['written_at', 'entry'])) found.push(source);
  const byRow = Map.groupBy(found, ({ row }) => row);
  return new Map(
    earlier.map((entry) => [entry.entry, (byRow.get(entry.row) ?? []).filter((one) => isLater(one, entry))]),
  );
}

/** An alias may name another index by now; then what it names is what counts. */
function isLater(one: Entry, than: Entry): boolean {
  return one.written_at > than.written_at && (one.index === than.index || one.table === than.table);
}
