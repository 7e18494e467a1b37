import type { Client } from '@opensearch-project/opensearch';
import type { DocumentState } from '../../domain/document-state.ts';
import { RunPaused, UsageError } from '../../domain/failure.ts';
import type { JsonObject } from '../../domain/json.ts';
import { readCurrent } from '../../stores/opensearch/current.ts';
import { everyDocument, type FoundDocument } from '../../stores/opensearch/every-document.ts';
import { patient } from '../../stores/opensearch/patient.ts';
import { once } from '../once.ts';
import { type Mapping, readMapping, sortableField } from './mapping.ts';

/** The index of listings, as a run, a check or a table reads it. */
export interface ListingIndex {
  name: string;
  /** Throws UsageError where there is no such index, or several. */
  mapping(): Promise<Mapping>;
  /** The field that listings are sorted by. Throws UsageError where they cannot be. */
  by(): Promise<string>;
  /** Lets searches see what was written up to now. */
  refresh(): Promise<void>;
  search(body: JsonObject): Promise<Found>;
  count(query: JsonObject): Promise<number>;
  /** Every listing of a query, sorted. Throws UsageError where two are not told apart. */
  every(query: JsonObject, source?: readonly string[]): AsyncGenerator<FoundDocument>;
  /** As they are now, in the order asked for; those that are gone are left out. */
  get(ids: readonly string[], source: readonly string[]): Promise<GotDocument[]>;
}

export interface GotDocument extends DocumentState {
  id: string;
}

export interface Found {
  total: number;
  hits: { id: string; sort: (string | number)[] }[];
  aggregations: JsonObject;
}

export function listingIndex(client: Client, name: string, idField: string): ListingIndex {
  const mapping = () => readMapping(client, name);
  const by = once(async () => sortableField(await mapping(), name, idField));

  const index: ListingIndex = {
    name,
    mapping,
    by,

    async refresh() {
      // Who may not is told what was written a moment ago.
      await patient(() => client.indices.refresh({ index: name })).catch((error: unknown) => {
        if (!(error instanceof RunPaused)) throw error;
      });
    },

    async search(body) {
      const request = { index: name, body: { _source: false, ...body }, allow_partial_search_results: false };
      const answer = await patient(() => client.search(request as never));
      const { hits, aggregations = {} } = answer as unknown as Answer;
      return {
        total: hits.total?.value ?? 0,
        hits: hits.hits.map(({ _id: id, sort = [] }) => ({ id, sort })),
        aggregations,
      };
    },

    async count(query) {
      return (await index.search({ query, size: 0, track_total_hits: true })).total;
    },

    async *every(query, source = []) {
      let last: string | number | undefined;
      for await (const page of everyDocument(client, { index: name, by: await by(), query, source })) {
        for (const document of page) {
          if (document.sort[0] === last) throw notToldApart(idField, last);
          last = document.sort[0];
          yield document;
        }
      }
    },

    async get(ids, source) {
      const targets = ids.map((row) => ({ table: name, row }));
      const found = await readCurrent(client, targets, () => source);
      return [...found].map(([{ row }, document]) => ({ id: row, ...document }));
    },
  };
  return index;
}

export function notToldApart(idField: string, value: string | number | undefined): UsageError {
  return new UsageError(
    `two listings have the same ${idField}, ${value}`,
    'Delete one of them, or name a field that tells listings apart with --id-field.',
  );
}

interface Answer {
  hits: { total?: { value: number }; hits: { _id: string; sort?: (string | number)[] }[] };
  aggregations?: JsonObject;
}
