import { UsageError } from '../../domain/failure.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Selection } from '../../domain/page.ts';
import type { Journal } from '../../stores/journal.ts';
import { FIELDS } from './listing.ts';
import type { ListingIndex } from './listing-index.ts';

export interface Selected {
  selection: Selection;
  /** The run's own list. */
  ids?: readonly string[] | undefined;
}

export interface Selecting {
  index: ListingIndex;
  journal: Pick<Journal, 'failedItems'>;
  backfill: string;
}

/** The listings that a selection is about, as a query; without the field that tells them apart they are none of it. */
export async function queryOf(selecting: Selecting, { selection, ids }: Selected): Promise<JsonObject> {
  const by = await selecting.index.by();
  const { only, unit, until, order } = selection;
  if (order) throw new UsageError('listing-features knows no order of listings', 'Leave --order out.');
  const filter: JsonObject[] = [exists(by), ...ofFields(only)];
  if (ids) filter.push(idsOf(ids));
  if (unit !== undefined) filter.push(idsOf([unit]));
  if (only === 'failed') filter.push(idsOf(await selecting.journal.failedItems(selecting.backfill)));
  if (until) filter.push(await upTo(selecting.index, by, until.id));
  return { bool: { filter } };
}

/** Those of a selection that can never be worked on. */
export async function withoutId(index: ListingIndex, { only }: Selection): Promise<number> {
  return index.count({ bool: { filter: ofFields(only), must_not: [exists(await index.by())] } });
}

export function exists(field: string): JsonObject {
  return { exists: { field } };
}

export function idsOf(values: readonly string[]): JsonObject {
  return { ids: { values: [...values] } };
}

/** A place in the order of listings. Null: the listing is gone. */
export async function placeOf(index: ListingIndex, id: string): Promise<string | number | null> {
  const body = { query: idsOf([id]), sort: [{ [await index.by()]: 'asc' }], size: 1 };
  const { hits } = await index.search(body);
  return hits[0]?.sort[0] ?? null;
}

function ofFields(only: Selection['only']): JsonObject[] {
  const present = FIELDS.map((field) => exists(field));
  const lacking = { bool: { must_not: [{ bool: { filter: present } }] } };
  if (only === 'missing') return [lacking];
  if (only === 'incomplete') return [lacking, { bool: { should: present, minimum_should_match: 1 } }];
  return [];
}

/** None where the last one is gone: nobody could say then how far the run goes. */
async function upTo(index: ListingIndex, by: string, id: string): Promise<JsonObject> {
  const place = await placeOf(index, id);
  return place === null ? { match_none: {} } : { range: { [by]: { lte: place } } };
}
