import type { JudgedQuery, VerifyTable } from '../define.ts';
import { WHOLE_TEXT } from './listing.ts';
import type { ListingIndex } from './listing-index.ts';

/** Results looked at of each search. */
const FIRST = 10;
/** A query may find this much less than before, and no more. */
const TOLERANCE = 0.1;

/** Precision at ten of a plain search, on the field that a query is about and on the text that was there before. */
export async function searchQuality(
  index: ListingIndex,
  queries: readonly JudgedQuery[],
): Promise<VerifyTable> {
  const rows: [string, string, number, number][] = [];
  for (const judged of queries) {
    const before = await precision(index, judged, WHOLE_TEXT);
    rows.push([judged.query, judged.field, before, await precision(index, judged, judged.field)]);
  }
  const mean = (column: 2 | 3) => rows.reduce((sum, row) => sum + row[column], 0) / rows.length;
  const [before, after] = [mean(2), mean(3)];
  const worse = rows.some(([, , one, other]) => one - other > TOLERANCE + Number.EPSILON);
  return {
    title: `Search: precision of the first ${FIRST}, on ${WHOLE_TEXT} and on the split field`,
    columns: ['query', 'field', 'before', 'after'],
    rows: [...rows, [`mean of ${rows.length}`, '', toPlaces(before), toPlaces(after)]],
    passed: after > before && !worse,
  };
}

async function precision(
  index: ListingIndex,
  { query, relevant }: JudgedQuery,
  field: string,
): Promise<number> {
  const { hits } = await index.search({
    query: { match: { [field]: query } },
    // Equal scores come in one order, whatever the shards.
    sort: [{ _score: 'desc' }, { [await index.by()]: 'asc' }],
    size: FIRST,
  });
  const right = new Set(relevant);
  return hits.filter(({ id }) => right.has(id)).length / FIRST;
}

function toPlaces(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
