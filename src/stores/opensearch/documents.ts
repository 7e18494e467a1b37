import type { Client } from '@opensearch-project/opensearch';
import type { Json, JsonObject } from '../../domain/json.ts';
import { StoreFailure } from '../store-failure.ts';
import type { BulkResult, Version } from './collection.ts';
import { readCurrent, type SeenDocument, type Target } from './current.ts';
import { fingerprint } from './fingerprint.ts';
import { describe, patient, requireNoPerson } from './patient.ts';

/** The data: documents as they are now, and written only in the state in which they were seen. */
export interface Documents {
  /** As they are at this moment, with what they hold at these paths. Those that are gone are left out. */
  read<T extends Target>(
    targets: readonly T[],
    paths: (target: T) => readonly string[],
  ): Promise<Map<T, SeenDocument>>;
  /** An edit that changes nothing gives the document a new state all the same. */
  write<T extends Target>(edits: readonly DocumentEdit<T>[]): Promise<Map<T, WriteOutcome>>;
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
    read: (targets, paths) => readCurrent(client, targets, paths),

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
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  return fingerprint(a) === fingerprint(b);
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
