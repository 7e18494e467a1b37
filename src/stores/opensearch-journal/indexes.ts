import { hash } from 'node:crypto';
import type { Client } from '@opensearch-project/opensearch';
import type { JsonObject } from '../../domain/json.ts';
import { type Collection, openCollection } from '../opensearch/collection.ts';
import { type Documents, openDocuments } from '../opensearch/documents.ts';
import { patient } from '../opensearch/patient.ts';
import type {
  Entry,
  ItemDocument,
  ListDocument,
  PageDocument,
  QuarantineDocument,
  RunDocument,
  StartDocument,
} from './shapes.ts';

/** Raise it with every change of a mapping below. */
const VERSION = 2;

/** The indexes of one journal, which people may search, and the data that it is about. */
export interface Indexes {
  documents: Documents;
  runs: Collection<RunDocument>;
  lists: Collection<ListDocument>;
  pages: Collection<PageDocument>;
  items: Collection<ItemDocument>;
  quarantine: Collection<QuarantineDocument>;
  starts: Collection<StartDocument>;
  entries: Collection<Entry>;
}

const keyword = { type: 'keyword' };
const date = { type: 'date' };
const long = { type: 'long' };
const kept = { type: 'object', enabled: false };
const boolean = { type: 'boolean' };

const MAPPINGS: Record<Exclude<keyof Indexes, 'documents'>, JsonObject> = {
  runs: {
    ...{ run_id: keyword, backfill: keyword, state: keyword, rollback_of: keyword },
    ...{ opened_at: date, closed_at: date, canary: boolean },
  },
  lists: { run_id: keyword, list: keyword, item: keyword, n: long },
  pages: {
    ...{ run_id: keyword, page: keyword, scope: keyword, fence: long },
    ...{
      finished: boolean,
      receipt: kept,
      writing: kept,
      restoring: kept,
      unrecorded: kept,
      settled: boolean,
    },
  },
  items: {
    ...{ run_id: keyword, item: keyword, unit: keyword, scope: keyword, page: keyword, status: keyword },
    ...{ class: keyword, message: { type: 'text' }, tries: { type: 'integer' }, due_at: long },
  },
  quarantine: {
    ...{ backfill: keyword, item: keyword, unit: keyword, runs: { type: 'integer' } },
    ...{ class: keyword, message: { type: 'text' }, last_run_id: keyword },
  },
  starts: { run_id: keyword, item: keyword, started: { type: 'integer' }, ended: { type: 'integer' } },
  entries: {
    ...{ entry: keyword, run_id: keyword, table: keyword, index: keyword, row: keyword, item: keyword },
    ...{ page: keyword, fence: long, live: boolean, written_at: date, fields: kept },
    ...{ call_key: keyword, model: keyword, prompt_version: keyword },
    ...{ rolled_back_by: keyword, rolled_back_at: date, fates: kept },
  },
};

type Name = keyof Omit<Indexes, 'documents'>;
const NAMES = Object.keys(MAPPINGS) as Name[];

export function openIndexes(client: Client, prefix: string): Indexes {
  const opened = NAMES.map((name) => [name, openCollection(client, `${prefix}-${name}`)]);
  return { ...Object.fromEntries(opened), documents: openDocuments(client) } as Indexes;
}

/** Makes what is missing; safe from several processes at once. */
export async function migrate(client: Client, prefix: string): Promise<void> {
  for (const name of await outdated(client, prefix)) await make(client, `${prefix}-${name}`, MAPPINGS[name]);
}

/** What {@link migrate} would add, in words. */
export async function missing(client: Client, prefix: string): Promise<string[]> {
  const names = await outdated(client, prefix);
  return names.length > 0
    ? [`indexes ${names.map((name) => `${prefix}-${name}`).join(', ')}, the change journal`]
    : [];
}

async function outdated(client: Client, prefix: string): Promise<Name[]> {
  const found = (await patient(() =>
    client.indices.getMapping({ index: `${prefix}-*`, ignore_unavailable: true }),
  )) as unknown as Record<string, { mappings: { _meta?: { version?: number } } }>;
  return NAMES.filter((name) => (found[`${prefix}-${name}`]?.mappings._meta?.version ?? 0) < VERSION);
}

async function make(client: Client, index: string, properties: JsonObject): Promise<void> {
  const mappings = { dynamic: 'strict', _meta: { version: VERSION }, properties };
  // Who searches asks for a refresh where it matters.
  const settings = { number_of_shards: 1, auto_expand_replicas: '0-1', refresh_interval: '30s' };
  await patient(() =>
    client.indices.create({ index, body: { mappings, settings } } as never, { ignore: [400] }),
  );
  // Another process may have made it, or an earlier version of ours.
  await patient(() => client.indices.putMapping({ index, body: mappings } as never));
}

/** Different parts never make the same id. Ids of documents are bounded; those of the data may be as long. */
export function idOf(...parts: string[]): string {
  const last = parts.length - 1;
  const id = parts.map((part, n) => (n < last ? part.replace(/[%:]/g, encodeURIComponent) : part)).join(':');
  return Buffer.byteLength(id) <= MAX_ID
    ? id
    : `${[...id].slice(0, 60).join('')}#${hash('sha256', id, 'hex')}`;
}

const MAX_ID = 500;
