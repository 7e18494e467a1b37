import type { JsonObject } from '../../domain/json.ts';
import { type Indexes, idOf } from './indexes.ts';
import type { ListRange } from './journal.ts';
import type { ListDocument } from './shapes.ts';

const WRITTEN_AT_ONCE = 5_000;

export async function keepList(
  indexes: Indexes,
  runId: string,
  items: AsyncIterable<string> | Iterable<string>,
): Promise<number> {
  const count = await keep(indexes, runId, 'items', items);
  await indexes.lists.refresh();
  return count;
}

export async function keepCanary(indexes: Indexes, runId: string, items: readonly string[]): Promise<void> {
  await keep(indexes, runId, 'canary', items);
  await indexes.lists.refresh();
}

export async function listed(
  indexes: Indexes,
  runId: string,
  { first, last, after, limit }: ListRange,
): Promise<string[]> {
  const named = [first, last, after].filter((item) => item !== undefined && item !== null);
  const places = await indexes.lists.getMany([...new Set(named.map((item) => idIn(runId, 'items', item)))]);
  const placeOf = (item: string | null | undefined) =>
    item === undefined || item === null ? undefined : places.get(idIn(runId, 'items', item))?.source.n;
  const range = { gte: placeOf(first), lte: placeOf(last), gt: placeOf(after) };
  const bounds = Object.fromEntries(Object.entries(range).filter(([, n]) => n !== undefined)) as JsonObject;
  const found = await indexes.lists.find({
    query: { bool: { filter: [...ofRun(runId, 'items'), { range: { n: bounds } }] } },
    sort: ['n'],
    size: limit,
  });
  return found.map(({ source }) => source.item);
}

/** In the order of their ids. */
export async function canaryItems(
  { lists }: Indexes,
  runId: string,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const found = await lists.find({
    query: { bool: { filter: ofRun(runId, 'canary') } },
    sort: ['item'],
    after: after === null ? undefined : [after],
    size: limit,
  });
  return found.map(({ source }) => source.item);
}

export async function inCanary(
  { lists }: Indexes,
  runId: string,
  items: readonly string[],
): Promise<string[]> {
  const found = await lists.getMany(items.map((item) => idIn(runId, 'canary', item)));
  return [...found.values()].map(({ source }) => source.item);
}

async function keep(
  { lists }: Indexes,
  runId: string,
  list: ListDocument['list'],
  items: AsyncIterable<string> | Iterable<string>,
): Promise<number> {
  let kept: { id: string; source: ListDocument; only: 'always' }[] = [];
  let n = 0;
  for await (const item of items) {
    kept.push({
      id: idIn(runId, list, item),
      source: { run_id: runId, list, item, n: n++ },
      only: 'always',
    });
    if (kept.length < WRITTEN_AT_ONCE) continue;
    await lists.put(kept);
    kept = [];
  }
  if (kept.length > 0) await lists.put(kept);
  return n;
}

function idIn(runId: string, list: ListDocument['list'], item: string): string {
  return idOf(runId, list, item);
}

function ofRun(runId: string, list: ListDocument['list']): JsonObject[] {
  return [{ term: { run_id: runId } }, { term: { list } }];
}
