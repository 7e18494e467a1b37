import type { Client } from '@opensearch-project/opensearch';
import type { JsonObject } from '../../domain/json.ts';
import { StoreFailure } from '../store-failure.ts';
import { patient } from './patient.ts';

/** Which state of a document one has seen: a write that names it is refused once there is another. */
export interface Version {
  seqNo: number;
  primaryTerm: number;
}

export interface Stored<T> extends Version {
  id: string;
  source: T;
}

export type Put<T> = { id: string; source: T } & (
  | { only: 'new' }
  | { only: 'unchanged'; version: Version }
  | { only: 'always' }
);

export interface Query {
  query: JsonObject;
  sort?: string[];
  after?: (string | number)[] | undefined;
  size: number;
}

/** Documents of one shape in one index. An index that nobody has made yet is empty to readers. */
export interface Collection<T> {
  index: string;
  get(id: string): Promise<Stored<T> | null>;
  getMany(ids: readonly string[]): Promise<Map<string, Stored<T>>>;
  /** Writes each, durably. Returns the new version of each by id; null where it was not as named. Order is kept. */
  put(puts: readonly Put<T>[]): Promise<Map<string, Version | null>>;
  remove(ids: readonly string[]): Promise<void>;
  /** Lets searches see everything written so far. */
  refresh(): Promise<void>;
  find(query: Query): Promise<{ id: string; source: T; sort: (string | number)[] }[]>;
  /** All of them, however many, sorted by keywords that together differ from document to document. */
  every(query: JsonObject, by: string[]): AsyncGenerator<{ id: string; source: T }>;
  count(query: JsonObject): Promise<number>;
}

const PAGE = 2_000;

export function openCollection<T extends object>(client: Client, index: string): Collection<T> {
  const missingIsEmpty = { index, ignore_unavailable: true };

  const collection: Collection<T> = {
    index,
    async get(id) {
      return (await collection.getMany([id])).get(id) ?? null;
    },

    async getMany(ids) {
      if (ids.length === 0) return new Map();
      const { docs } = await patient(() => client.mget({ index, body: { ids: [...ids] } }));
      const found = (docs as unknown as Got<T>[]).flatMap((doc): [string, Stored<T>][] => {
        if (doc.error && doc.error.type !== 'index_not_found_exception') throw refused(doc.error);
        if (!doc.found) return [];
        const { _id: id, _source: source, _seq_no: seqNo, _primary_term: primaryTerm } = doc;
        return [[id, { id, source, seqNo, primaryTerm }]];
      });
      return new Map(found);
    },

    async put(puts) {
      const versions = new Map<string, Version | null>();
      let left = [...puts];
      for (let rejected = 0; left.length > 0; rejected += 1) {
        const body = left.flatMap((one) => [actionOf(one), one.source]);
        const { items } = await patient(() => client.bulk({ index, body }));
        const busy: Put<T>[] = [];
        for (const [n, item] of items.entries()) {
          const { _id, status, error, _seq_no, _primary_term } = Object.values(item)[0] as BulkResult;
          if (status === 429) busy.push(left[n] as Put<T>);
          else if (status === 409) versions.set(_id, null);
          else if (error) throw refused(error);
          else versions.set(_id, { seqNo: _seq_no, primaryTerm: _primary_term });
        }
        left = busy;
        if (left.length > 0) await busyFor(rejected);
      }
      return versions;
    },

    async remove(ids) {
      let left = [...ids];
      for (let rejected = 0; left.length > 0; rejected += 1) {
        const body = left.map((_id) => ({ delete: { _id } }));
        const { items } = await patient(() => client.bulk({ index, body }));
        left = left.filter((_, n) => (Object.values(items[n] ?? {})[0] as BulkResult).status === 429);
        if (left.length > 0) await busyFor(rejected);
      }
    },

    async refresh() {
      await patient(() => client.indices.refresh(missingIsEmpty));
    },

    async find({ query, sort = [], after, size }) {
      const body = { query, sort, size, ...(after && { search_after: after }) };
      const { hits } = await patient(() => client.search({ ...missingIsEmpty, body } as never));
      return (hits.hits as unknown as Hit<T>[]).map(({ _id, _source, sort: place = [] }) => ({
        id: _id,
        source: _source,
        sort: place,
      }));
    },

    async *every(query, by) {
      let after: (string | number)[] | undefined;
      for (;;) {
        const page = await collection.find({ query, sort: by, after, size: PAGE });
        yield* page;
        if (page.length < PAGE) return;
        after = page.at(-1)?.sort;
      }
    },

    async count(query) {
      const { count } = await patient(() => client.count({ ...missingIsEmpty, body: { query } } as never));
      return count;
    },
  };
  return collection;
}

/** Waits before what was rejected is sent again. Throws StoreFailure when that has lasted too long. */
export async function busyFor(rejections: number): Promise<void> {
  if (rejections >= 12)
    throw new StoreFailure('OpenSearch', new Error('it rejects writes: its queue is full'));
  const most = Math.min(5_000, 50 * 2 ** rejections);
  await new Promise((resolve) => setTimeout(resolve, most / 2 + (Math.random() * most) / 2));
}

export interface BulkResult {
  _id: string;
  status: number;
  error?: BulkError;
  _seq_no: number;
  _primary_term: number;
}

export interface BulkError {
  type: string;
  reason: string;
  caused_by?: { reason?: string };
}

interface Got<T> {
  _id: string;
  found?: boolean;
  _source: T;
  _seq_no: number;
  _primary_term: number;
  error?: BulkError;
}

interface Hit<T> {
  _id: string;
  _source: T;
  sort?: (string | number)[];
}

function actionOf<T>(put: Put<T>): object {
  const { id: _id } = put;
  if (put.only === 'new') return { create: { _id } };
  if (put.only === 'always') return { index: { _id } };
  const { seqNo, primaryTerm } = put.version;
  return { index: { _id, if_seq_no: seqNo, if_primary_term: primaryTerm } };
}

function refused({ type, reason }: BulkError): StoreFailure {
  return new StoreFailure('OpenSearch', new Error(`${type}: ${reason}`));
}
