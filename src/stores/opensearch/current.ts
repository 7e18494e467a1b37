import type { Client } from '@opensearch-project/opensearch';
import errors from '@opensearch-project/opensearch/lib/errors.js';
import type { DocumentState } from '../../domain/document-state.ts';
import type { JsonObject } from '../../domain/json.ts';
import { type DocumentError, describe, patient, requireNoPerson } from './patient.ts';

/** A document of the data: its index and its id. */
export interface Target {
  /** Or an alias of one index. */
  table: string;
  row: string;
}

export type SeenDocument = DocumentState;

/** The server reads whole documents, vectors too, to send what is asked for of them. */
const AT_ONCE = 500;
/** So few are looked up in one request sooner than in two. */
const FEW = 10;

/**
 * Documents as they are at this moment, with what they hold at these paths; those that are gone are left out.
 *
 * A search reads a document several times faster than a look-up that takes it apart, but knows it only as it was at the
 * last refresh. So a search reads them, a look-up without contents tells which state is the latest, and only what has
 * another one by now is looked up with its contents.
 */
export async function readCurrent<T extends Target>(
  client: Client,
  targets: readonly T[],
  paths: (target: T) => readonly string[],
): Promise<Map<T, SeenDocument>> {
  const seen = new Map<T, SeenDocument>();
  for (const alike of Map.groupBy(targets, (one) => JSON.stringify([one.table, paths(one)])).values()) {
    const wanted = paths(alike[0] as T);
    for (const some of inGroups(alike))
      for (const [target, document] of await readAlike(client, some, wanted)) seen.set(target, document);
  }
  return seen;
}

function inGroups<T>(targets: readonly T[]): T[][] {
  const groups = Math.ceil(targets.length / AT_ONCE);
  return Array.from({ length: groups }, (_, n) => targets.slice(n * AT_ONCE, (n + 1) * AT_ONCE));
}

/** Of the same document. */
export function isSameState(a: SeenDocument, b: SeenDocument): boolean {
  return a.index === b.index && a.seqNo === b.seqNo && a.primaryTerm === b.primaryTerm;
}

async function readAlike<T extends Target>(
  client: Client,
  targets: readonly T[],
  paths: readonly string[],
): Promise<Map<T, SeenDocument>> {
  if (paths.length === 0) return lookUp(client, targets, false);
  if (targets.length <= FEW) return lookUp(client, targets, paths);
  const [found, latest] = await Promise.all([search(client, targets, paths), lookUp(client, targets, false)]);
  const stale: T[] = [];
  for (const [target, state] of latest) {
    const document = found.get(target.row);
    if (document && isSameState(document, state)) latest.set(target, document);
    else stale.push(target);
  }
  const looked = await lookUp(client, stale, paths);
  for (const target of stale) {
    const document = looked.get(target);
    if (document) latest.set(target, document);
    else latest.delete(target);
  }
  return latest;
}

/** By id. */
async function search(
  client: Client,
  targets: readonly Target[],
  paths: readonly string[],
): Promise<Map<string, SeenDocument>> {
  const body = {
    size: targets.length,
    query: { ids: { values: targets.map(({ row }) => row) } },
    _source: paths,
    seq_no_primary_term: true,
    track_total_hits: false,
  };
  // What is not found here is looked up, which tells why.
  const request = { index: targets[0]?.table, ignore_unavailable: true, body };
  const { hits } = await patient(() => client.search(request as never));
  const documents = (hits as unknown as { hits: Got[] }).hits;
  return new Map(documents.map((document) => [document._id, toSeen(document)]));
}

async function lookUp<T extends Target>(
  client: Client,
  targets: readonly T[],
  paths: readonly string[] | false,
): Promise<Map<T, SeenDocument>> {
  if (targets.length === 0) return new Map();
  const docs = targets.map(({ table, row }) => ({ _index: table, _id: row, _source: paths }));
  const answers = await patient(async () => {
    const { body } = await client.mget({ body: { docs } } as never);
    const got = body.docs as unknown as Got[];
    for (const { error } of got) if (error) passOrPause(error);
    return { body: got };
  });
  const found = answers.flatMap((document, n): [T, SeenDocument][] =>
    document.found ? [[targets[n] as T, toSeen(document)]] : [],
  );
  return new Map(found);
}

/** A shard that is not there yet is told document by document, in an answer that says 200. */
function passOrPause(error: DocumentError): never {
  requireNoPerson(error);
  throw new errors.OpenSearchClientError(describe(error));
}

interface Got {
  _index: string;
  _id: string;
  found?: boolean;
  _source?: JsonObject;
  _seq_no: number;
  _primary_term: number;
  error?: DocumentError;
}

function toSeen({ _index: index, _source: source = {}, _seq_no: seqNo, _primary_term: primaryTerm }: Got) {
  return { index, source, seqNo, primaryTerm };
}
