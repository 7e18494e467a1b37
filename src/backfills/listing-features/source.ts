import type { JsonObject } from '../../domain/json.ts';
import type { OpenSearchJournal } from '../../stores/opensearch-journal/journal.ts';
import type { Item, ReadRequest, SampleRequest, Source, Survey, UnitSize } from '../define.ts';
import { SOURCE, toListing } from './listing.ts';
import { type GotDocument, type ListingIndex, notToldApart } from './listing-index.ts';
import { draw } from './sample.ts';
import { placeOf, queryOf, type Selected, type Selecting, withoutId } from './selection.ts';

/**
 * Listings, each a unit of its own, named by its document's `_id`. What a run is about is a list that it keeps when it
 * starts: a search would no longer find what it has written.
 */
export function listingSource(selecting: Selecting, journal: OpenSearchJournal): Source {
  const { index } = selecting;

  const items = async (ids: readonly string[]) => (await index.get(ids, SOURCE)).map(toItem);

  return {
    survey: (_runId, selection, limit, ids) => survey(selecting, { selection, ids }, limit),

    async fix({ runId, selection, ids, limit }) {
      await index.refresh();
      const query = await queryOf(selecting, { selection, ids });
      await journal.keepList(runId, firstOf(index, query, limit));
    },

    async units(runId, selection, after, limit) {
      const listed = await journal.listed(runId, { after, limit });
      if (listed.length > 0) return listed.map(toUnit);
      const known = after !== null && (await journal.listed(runId, { limit: 1 })).length > 0;
      return known ? [] : unitsAfter(selecting, { selection }, after, limit);
    },

    read: (request) => readOn(journal, request, items),

    async sample({ selection, ids, size, seed }: SampleRequest) {
      const query = await queryOf(selecting, { selection, ids });
      return items(await draw(index, { query, size, seed }));
    },

    readByIds: (_runId, ids) => items(ids),
  };
}

async function survey(selecting: Selecting, selected: Selected, limit: number | undefined): Promise<Survey> {
  const { index } = selecting;
  const { selection, ids } = selected;
  const query = await queryOf(selecting, selected);
  await index.refresh();
  await requireToldApart(index);
  const whole = limit === undefined && selection.unit === undefined && !ids;
  const orphans = whole ? await withoutId(index, selection) : 0;
  const skipped: Record<string, number> = orphans > 0 ? { 'no-id': orphans } : {};
  const counted = await index.count(query);
  if (limit === undefined || counted <= limit) return { items: counted, units: counted, skipped, selection };
  const last = await lastOf(firstOf(index, query, limit));
  const bounded = last === undefined ? selection : { ...selection, until: { unit: last, id: last } };
  return { items: limit, units: limit, skipped, selection: bounded };
}

/** Across shards only a whole pass sees all of them; that happens when the list is made. */
async function requireToldApart(index: ListingIndex): Promise<void> {
  const twice = { terms: { field: await index.by(), min_doc_count: 2, size: 1 } };
  const { aggregations } = await index.search({ size: 0, aggs: { twice } });
  const { buckets } = aggregations.twice as unknown as { buckets: { key: string | number }[] };
  if (buckets[0]) throw notToldApart(await index.by(), buckets[0].key);
}

async function* firstOf(index: ListingIndex, query: JsonObject, limit = Number.POSITIVE_INFINITY) {
  let left = limit;
  if (left <= 0) return;
  for await (const { id } of index.every(query)) {
    yield id;
    left -= 1;
    if (left === 0) return;
  }
}

async function lastOf(ids: AsyncIterable<string>): Promise<string | undefined> {
  let last: string | undefined;
  for await (const id of ids) last = id;
  return last;
}

/** Of a run that has no list: an estimate. */
async function unitsAfter(selecting: Selecting, selected: Selected, after: string | null, limit: number) {
  const { index } = selecting;
  const by = await index.by();
  const query = await queryOf(selecting, selected);
  const place = after === null ? null : await placeOf(index, after);
  const rest = place === null ? [] : [{ range: { [by]: { gt: place } } }];
  const found = await Array.fromAsync(firstOf(index, { bool: { filter: [query, ...rest] } }, limit));
  return found.map(toUnit);
}

/** A page is full, or its scope is at an end: listings that are gone since the list was made are passed over. */
async function readOn(
  journal: OpenSearchJournal,
  { runId, scope, after, limit }: ReadRequest,
  items: (ids: readonly string[]) => Promise<Item[]>,
): Promise<Item[]> {
  const found: Item[] = [];
  const range = { first: scope.firstUnit, last: scope.lastUnit };
  let last = after?.id ?? null;
  for (;;) {
    const wanted = limit - found.length;
    const ids = await journal.listed(runId, { ...range, after: last, limit: wanted });
    found.push(...(await items(ids)));
    last = ids.at(-1) ?? null;
    if (found.length >= limit || ids.length < wanted) return found;
  }
}

function toItem(found: GotDocument): Item {
  return { id: found.id, unit: found.id, row: toListing(found) };
}

function toUnit(unit: string): UnitSize {
  return { unit, items: 1 };
}
