import { hash } from 'node:crypto';
import type { Client } from '@opensearch-project/opensearch';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { ItemResult, Receipt } from '../../domain/page.ts';
import { type Collection, openCollection } from '../opensearch/collection.ts';
import { type Documents, openDocuments, type Target } from '../opensearch/documents.ts';
import { patient } from '../opensearch/patient.ts';

/** Raise it with every change of a mapping below. */
const VERSION = 1;

/** The indexes of one journal, which people may search, and the data that it is about. Times are ISO. */
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

export interface RunDocument {
  run_id: string;
  backfill: string;
  state: 'open' | 'closed';
  rollback_of: string | null;
  opened_at: string;
  closed_at: string | null;
  /** It begins with a canary. */
  canary: boolean;
}

/** An item of a run's own list, or of its canary. */
export interface ListDocument {
  run_id: string;
  list: 'items' | 'canary';
  item: string;
  /** Its place. */
  n: number;
}

export interface PageDocument {
  run_id: string;
  page: string;
  scope: string;
  /** The execution that owns the page; a lower one may write nothing. */
  fence: number;
  finished: boolean;
  receipt: Receipt | null;
  /** Documents that the page's executions may still be writing. */
  writing: Target[];
}

export interface ItemDocument {
  run_id: string;
  item: string;
  unit: string;
  scope: string;
  status: ItemResult['status'] | 'conflict';
  class: string;
  message: string;
  tries: number;
  /** Epoch milliseconds; only of deferred ones. */
  due_at: number | null;
}

export interface QuarantineDocument {
  backfill: string;
  item: string;
  unit: string;
  runs: number;
  class: string;
  message: string;
  last_run_id: string;
}

export interface StartDocument {
  run_id: string;
  item: string;
  started: number;
  ended: number;
}

/** Before and after of one document that a run wrote. */
export interface Entry extends Target {
  entry: string;
  run_id: string;
  item: string;
  page: string;
  fence: number;
  /** False: kept from being written, or not written after all. */
  live: boolean;
  /** When the run was opened, in epoch milliseconds: later runs have a later one. */
  run_at: number;
  written_at: string;
  /** By field; without `before` there was none, without `after` it was taken away. */
  fields: Record<string, FieldImages>;
  call_key: string | null;
  model: string | null;
  prompt_version: string | null;
  rolled_back_by: string | null;
  rolled_back_at: string | null;
  /** By field, once rolled back. */
  fates: Record<string, Fate>;
}

export interface FieldImages {
  before?: Json;
  after?: Json;
}

export type Fate = 'restored' | 'handed-on' | 'conflict';

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
    ...{ finished: boolean, receipt: kept, writing: kept },
  },
  items: {
    ...{ run_id: keyword, item: keyword, unit: keyword, scope: keyword, status: keyword, class: keyword },
    ...{ message: { type: 'text' }, tries: { type: 'integer' }, due_at: long },
  },
  quarantine: {
    ...{ backfill: keyword, item: keyword, unit: keyword, runs: { type: 'integer' } },
    ...{ class: keyword, message: { type: 'text' }, last_run_id: keyword },
  },
  starts: { run_id: keyword, item: keyword, started: { type: 'integer' }, ended: { type: 'integer' } },
  entries: {
    ...{ entry: keyword, run_id: keyword, table: keyword, row: keyword, item: keyword, page: keyword },
    ...{ fence: long, live: boolean, run_at: long, written_at: date, fields: kept },
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
  const settings = { number_of_shards: 1, auto_expand_replicas: '0-1' };
  await patient(() =>
    client.indices.create({ index, body: { mappings, settings } } as never, { ignore: [400] }),
  );
  // Another process may have made it, or an earlier version of ours.
  await patient(() => client.indices.putMapping({ index, body: mappings } as never));
}

/** Ids of documents are bounded; those of the data may be as long. */
export function idOf(...parts: string[]): string {
  const id = parts.join(':');
  return Buffer.byteLength(id) <= MAX_ID ? id : `${id.slice(0, 60)}#${hash('sha256', id, 'hex')}`;
}

const MAX_ID = 500;
