import { type Client, errors } from '@opensearch-project/opensearch';
import { RunPaused, UsageError } from '../../domain/failure.ts';
import type { JsonObject } from '../../domain/json.ts';
import { everyDocument, type FoundDocument } from '../../stores/opensearch/every-document.ts';
import { patient } from '../../stores/opensearch/patient.ts';
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

export type GotDocument = Pick<FoundDocument, 'id' | 'source'>;

export interface Found {
  total: number;
  hits: { id: string; sort: (string | number)[] }[];
  aggregations: JsonObject;
}

/** The server reads whole documents, vectors too, to send what is asked for of them. */
const GOT_AT_ONCE = 250;

export function listingIndex(client: Client, name: string, idField: string): ListingIndex {
  const mapping = () => readMapping(client, name);
  let sorted: Promise<string> | undefined;
  const by = () => {
    sorted ??= mapping().then((known) => sortableField(known, name, idField));
    // A server that did not answer is asked again.
    sorted.catch(() => {
      sorted = undefined;
    });
    return sorted;
  };

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
      const found: GotDocument[] = [];
      for (let at = 0; at < ids.length; at += GOT_AT_ONCE) {
        const body = { ids: ids.slice(at, at + GOT_AT_ONCE) };
        found.push(...(await getMany(client, { index: name, body, _source_includes: [...source] })));
      }
      return found;
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

interface Got {
  _id: string;
  found?: boolean;
  _source?: JsonObject;
  error?: { type: string; reason: string };
}

interface Wanted {
  index: string;
  body: { ids: string[] };
  _source_includes: string[];
}

/** A shard that is not there yet is told document by document, in an answer that says 200. */
async function getMany(client: Client, wanted: Wanted): Promise<GotDocument[]> {
  const docs = await patient(async () => {
    const answer = await client.mget(wanted);
    const got = answer.body.docs as unknown as Got[];
    const error = got.find((one) => one.error)?.error;
    if (error?.type === 'index_not_found_exception') throw indexGone(wanted.index);
    if (error) throw new errors.OpenSearchClientError(`${error.type}: ${error.reason}`);
    return { body: got };
  });
  return docs.filter(({ found }) => found).map(({ _id: id, _source: source = {} }) => ({ id, source }));
}

function indexGone(index: string): RunPaused {
  const message = `Index ${index} is gone. Restore it, then resume.`;
  return new RunPaused({ kind: 'configuration', message });
}
