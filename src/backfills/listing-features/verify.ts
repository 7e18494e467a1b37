import { UsageError } from '../../domain/failure.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { JudgedQuery, VerifyRequest, VerifyTable } from '../define.ts';
import { FIELDS } from './listing.ts';
import type { ListingIndex } from './listing-index.ts';
import { formatCount, percent } from './numbers.ts';
import type { SplitOne } from './process.ts';
import { searchQuality } from './search-quality.ts';
import { exists } from './selection.ts';
import { spotChecks } from './spot-checks.ts';

/** In percent of the listings that are to have all three fields. */
const GOAL = 90;

/** What the index itself says about the fields. Reads only. */
export async function verify(
  index: ListingIndex,
  splitOne: SplitOne,
  { queries = [], seed = Math.floor(Math.random() * 1_000_000) }: VerifyRequest = {},
): Promise<VerifyTable[]> {
  await index.refresh();
  await searchable(index, queries);
  const statistics = await fieldStatistics(index);
  return [
    statistics,
    await spotChecks(index, splitOne, seed),
    ...(queries.length > 0 ? [await searchQuality(index, queries)] : []),
  ];
}

/** A search on a field that is not there finds nothing, and says nothing. */
async function searchable(index: ListingIndex, queries: readonly JudgedQuery[]): Promise<void> {
  if (queries.length === 0) return;
  const { properties } = await index.mapping();
  const wrong = queries.find(({ field }) => !Object.hasOwn(properties, field.split('.', 1).join()));
  if (!wrong) return;
  throw new UsageError(
    `--queries: '${wrong.query}' is about ${wrong.field}, and ${index.name} has no such field`,
    `name one of ${FIELDS.join(', ')}`,
  );
}

async function fieldStatistics(index: ListingIndex): Promise<VerifyTable> {
  const listings = exists(await index.by());
  const countWith = (filter: JsonObject[]) => index.count({ bool: { filter: [listings, ...filter] } });
  const total = await countWith([]);
  const some = total - (await index.count({ bool: { filter: [listings], must_not: FIELDS.map(exists) } }));
  if (some === 0) {
    throw new UsageError(
      `nothing to verify: listing-features has not run on ${index.name}`,
      'start-backfill listing-features',
    );
  }
  const complete = await countWith(FIELDS.map(exists));
  const counts: [string, number][] = [];
  for (const field of FIELDS) counts.push([field, await countWith([exists(field)])]);
  counts.push(['at least one of them', some], ['all three', complete]);
  return {
    title: `Fields of ${formatCount(total)} listings; the goal is ${GOAL} % with all three`,
    columns: ['field', 'listings', '%'],
    rows: counts.map(([name, count]) => [name, count, percent(count, total)]),
    passed: complete >= (GOAL / 100) * total,
  };
}
