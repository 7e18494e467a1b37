import type { Client } from '@opensearch-project/opensearch';
import errors from '@opensearch-project/opensearch/lib/errors.js';
import type { JsonObject } from '../../domain/json.ts';
import { StoreFailure } from '../store-failure.ts';
import { busyFor, type DocumentError, describe, patient, requireNoPerson, stepAside } from './patient.ts';

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
  /** Only where whoever writes it writes the same. */
  | { only: 'always' }
);

export interface Query {
  query: JsonObject;
  sort?: string[];
  after?: (string | number)[] | undefined;
  /** Up to 10,000. */
  size: number;
}

export interface Hit<T> {
  id: string;
  source: T;
  sort: (string | number)[];
}

/**
 * Documents of one shape in one index. An index that nobody has made yet is empty to readers. Every write names the
 * state that it follows: so it may arrive twice, or late, and is done once.
 */
export interface Collection<T> {
  get(id: string): Promise<Stored<T> | null>;
  getMany(ids: readonly string[]): Promise<Map<string, Stored<T>>>;
  /** Writes each, durably. Returns the new version of each by id; null where it was not as named, or no more. */
  put(puts: readonly Put<T>[]): Promise<Map<string, Version | null>>;
  /**
   * Makes each what `decide` says of it as it is now; undefined leaves it. Asks again where somebody was faster. Returns
   * those that were written. `still`: asked after each look; no: the rest is left.
   */
  change(
    ids: readonly string[],
    decide: (id: string, now: T | undefined) => T | undefined,
    still?: () => Promise<boolean>,
  ): Promise<Map<string, Stored<T>>>;
  /** Lets searches see everything written so far. */
  refresh(): Promise<void>;
  find(query: Query): Promise<Hit<T>[]>;
  /** The first of them, and how many there are. */
  first(query: Omit<Query, 'size'>): Promise<{ first: T | null; count: number }>;
  /** All of them, however many, sorted by keywords that together differ from document to document. */
  every(query: JsonObject, by: string[]): AsyncGenerator<{ id: string; source: T }>;
}

const PAGE = 2_000;

export function openCollection<T extends object>(client: Client, index: string): Collection<T> {
  const missingIsEmpty = { index, ignore_unavailable: true };

  const search = async (body: object): Promise<Found<T>> => {
    const request = { ...missingIsEmpty, allow_partial_search_results: false, body };
    const { hits } = await patient(() => client.search(request as never));
    return hits as unknown as Found<T>;
  };

  const collection: Collection<T> = {
    async get(id) {
      return (await collection.getMany([id])).get(id) ?? null;
    },

    async getMany(ids) {
      if (ids.length === 0) return new Map();
      const docs = await patient(async () => {
        const { body } = await client.mget({ index, body: { ids: [...ids] } });
        const got = body.docs as unknown as Got<T>[];
        const error = got.find((doc) => doc.error && doc.error.type !== NO_INDEX)?.error;
        if (error) throw new errors.OpenSearchClientError(describe(error));
        return { body: got };
      });
      const found = docs.flatMap((doc, n): [string, Stored<T>][] => {
        if (!doc.found) return [];
        const { _source: source, _seq_no: seqNo, _primary_term: primaryTerm } = doc;
        const id = ids[n] as string;
        return [[id, { id, source, seqNo, primaryTerm }]];
      });
      return new Map(found);
    },

    async put(puts) {
      const versions = new Map<string, Version | null>();
      let left = [...puts];
      for (let rejected = 0; left.length > 0; rejected += 1) {
        if (rejected > 0) await busyFor(rejected - 1);
        const body = left.flatMap((one) => [actionOf(one), one.source]);
        const { items } = await patient(() => client.bulk({ index, body }));
        left = left.filter(({ id }, n) => {
          const became = outcomeOf(Object.values(items[n] ?? {})[0] as BulkResult);
          if (became !== 'busy') versions.set(id, became);
          return became === 'busy';
        });
      }
      return versions;
    },

    async change(ids, decide, still = async () => true) {
      const written = new Map<string, Stored<T>>();
      const sent = new Map<string, T>();
      let open = [...new Set(ids)];
      for (let round = 0; open.length > 0; round += 1) {
        if (round > 1) await stepAside(round);
        const found = await collection.getMany(open);
        if (!(await still())) break;
        const puts = open.flatMap((id): Put<T>[] => {
          const now = found.get(id);
          // It was ours, and its acknowledgement was lost.
          if (now && JSON.stringify(now.source) === JSON.stringify(sent.get(id))) {
            written.set(id, now);
            return [];
          }
          const source = decide(id, now?.source);
          if (source === undefined) return [];
          sent.set(id, source);
          return [now ? { id, source, only: 'unchanged', version: now } : { id, source, only: 'new' }];
        });
        const put = await collection.put(puts);
        for (const { id, source } of puts) {
          const version = put.get(id);
          if (version) written.set(id, { id, source, ...version });
        }
        open = puts.map(({ id }) => id).filter((id) => !put.get(id));
      }
      return written;
    },

    async refresh() {
      await patient(() => client.indices.refresh(missingIsEmpty));
    },

    async find({ query, sort = [], after, size }) {
      const { hits } = await search({ query, sort, size, ...(after && { search_after: after }) });
      return hits.map(({ _id, _source, sort: place = [] }) => ({ id: _id, source: _source, sort: place }));
    },

    async first({ query, sort = [] }) {
      const { hits, total } = await search({ query, sort, size: 1, track_total_hits: true });
      return { first: hits[0]?._source ?? null, count: total.value };
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
  };
  return collection;
}

const NO_INDEX = 'index_not_found_exception';

export interface BulkResult {
  status: number;
  error?: DocumentError;
  _seq_no: number;
  _primary_term: number;
}

interface Got<T> {
  found?: boolean;
  _source: T;
  _seq_no: number;
  _primary_term: number;
  error?: DocumentError;
}

interface Found<T> {
  total: { value: number };
  hits: { _id: string; _source: T; sort?: (string | number)[] }[];
}

function outcomeOf({ status, error, _seq_no, _primary_term }: BulkResult): Version | null | 'busy' {
  if (!error) return { seqNo: _seq_no, primaryTerm: _primary_term };
  if (status === 409) return null;
  if (status === 429 || status === 503) return 'busy';
  requireNoPerson(error, status);
  throw new StoreFailure('OpenSearch', new Error(describe(error)));
}

function actionOf<T>(put: Put<T>): object {
  const { id: _id } = put;
  if (put.only === 'new') return { create: { _id } };
  if (put.only === 'always') return { index: { _id } };
  const { seqNo, primaryTerm } = put.version;
  return { index: { _id, if_seq_no: seqNo, if_primary_term: primaryTerm } };
}
