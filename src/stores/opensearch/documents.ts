import { type Client, errors } from '@opensearch-project/opensearch';
import type { Json, JsonObject } from '../../domain/json.ts';
import { StoreFailure } from '../store-failure.ts';
import type { BulkResult, Version } from './collection.ts';
import { fingerprint } from './fingerprint.ts';
import { type DocumentError, describe, patient, requireNoPerson } from './patient.ts';

/** A document of the data: its index and its id. */
export interface Target {
  /** Or an alias of one index. */
  table: string;
  row: string;
}

/** The data: documents as they are now, and written only in the state in which they were seen. */
export interface Documents {
  /** With what they hold at these paths. Those that are gone are left out. */
  read<T extends Target>(
    targets: readonly T[],
    paths: (target: T) => readonly string[],
  ): Promise<Map<T, SeenDocument>>;
  /** An edit that changes nothing gives the document a new state all the same. */
  write<T extends Target>(edits: readonly DocumentEdit<T>[]): Promise<Map<T, WriteOutcome>>;
}

export interface SeenDocument extends Version {
  /** The index itself, whatever the name it was asked for by. */
  index: string;
  source: JsonObject;
}

export interface DocumentEdit<T extends Target> {
  target: T;
  version: Version;
  set: JsonObject;
  remove: string[];
}

/** `changed`: it has another state by now. `busy`: the server takes no more writes at the moment. */
export type WriteOutcome = 'written' | 'changed' | 'gone' | 'busy' | { refused: string };

export function openDocuments(client: Client): Documents {
  return {
    async read(targets, paths) {
      if (targets.length === 0) return new Map();
      const docs = targets.map((target) => {
        const wanted = paths(target);
        return { _index: target.table, _id: target.row, _source: wanted.length > 0 && [...wanted] };
      });
      const found = await patient(async () => {
        const { body } = await client.mget({ body: { docs } } as never);
        const got = body.docs as unknown as Got[];
        for (const { error } of got) if (error) passOrPause(error);
        return { body: got };
      });
      const seen = found.flatMap((doc, n): [never, SeenDocument][] => {
        if (!doc.found) return [];
        const { _index: index, _source: source = {}, _seq_no: seqNo, _primary_term: primaryTerm } = doc;
        return [[targets[n] as never, { index, source, seqNo, primaryTerm }]];
      });
      return new Map(seen);
    },

    async write(edits) {
      if (edits.length === 0) return new Map();
      const body = edits.flatMap((edit) => [
        {
          update: {
            ...{ _index: edit.target.table, _id: edit.target.row },
            ...{ if_seq_no: edit.version.seqNo, if_primary_term: edit.version.primaryTerm },
          },
        },
        changeOf(edit),
      ]);
      const { items } = await patient(() => client.bulk({ body }));
      return new Map(
        items.map((item, n) => [
          (edits[n] as DocumentEdit<never>).target,
          outcomeOf(Object.values(item)[0] as BulkResult),
        ]),
      );
    },
  };
}

/** Whether a field holds the same; one that is there with null does not hold the same as one that is not there. */
export function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return (a === undefined) === (b === undefined) && fingerprint(a) === fingerprint(b);
}

/** Taking away needs a script, which some clusters forbid; merging a text does not. An object would be merged into. */
function changeOf({ set, remove }: DocumentEdit<Target>): object {
  const plain = remove.length === 0 && Object.values(set).every((value) => typeof value !== 'object');
  if (plain) return { doc: set, detect_noop: false };
  return { script: { lang: 'painless', source: EDIT, params: { set, remove } } };
}

const EDIT = 'ctx._source.putAll(params.set); for (field in params.remove) { ctx._source.remove(field) }';

function outcomeOf({ status, error }: BulkResult): WriteOutcome {
  if (!error) return 'written';
  if (status === 409) return 'changed';
  if (status === 404 && error.type === 'document_missing_exception') return 'gone';
  if (status === 429 || status === 503) return 'busy';
  requireNoPerson(error, status);
  if (status === 400) return { refused: describe(error) };
  throw new StoreFailure('OpenSearch', new Error(describe(error)));
}

/** A shard that is not there yet is told document by document, in an answer that says 200. */
function passOrPause(error: DocumentError): never {
  requireNoPerson(error);
  throw new errors.OpenSearchClientError(describe(error));
}

interface Got {
  _index: string;
  found?: boolean;
  _source?: JsonObject;
  _seq_no: number;
  _primary_term: number;
  error?: DocumentError;
}
