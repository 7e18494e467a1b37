import type { Json } from '../../domain/json.ts';
import type { ItemResult, Receipt } from '../../domain/page.ts';
import type { Target } from '../opensearch/current.ts';
import type { Outcome } from '../outcome.ts';

/** What the journal's indexes hold. Times are ISO. */

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

/**
 * A page is claimed (`finished: false`), finished with a receipt, or closed with its run without one. With the receipt it
 * keeps what has to be told of its items, until that is told (`settled`).
 */
export interface PageDocument extends Pending {
  run_id: string;
  page: string;
  scope: string;
  /** The execution that owns the page; a lower one may write nothing. */
  fence: number;
  finished: boolean;
  receipt: Receipt | null;
  unrecorded: Outcome[];
  settled: boolean;
}

/** Documents that executions of the page may still be writing, or putting back. */
export interface Pending {
  writing: Target[];
  restoring: Target[];
}

export interface ItemDocument {
  run_id: string;
  item: string;
  unit: string;
  scope: string;
  /** The page that says so. */
  page: string;
  /** `written`: after all. */
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
  /** In which it failed since it was last written. */
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
  /** The document's index, where `table` is an alias of it. */
  index: string;
  run_id: string;
  item: string;
  page: string;
  fence: number;
  /** False: kept from being written, or not written after all. */
  live: boolean;
  /** Of two entries of one document, the later one was written later. */
  written_at: string;
  fields: Record<string, FieldImages>;
  call_key: string | null;
  model: string | null;
  prompt_version: string | null;
  rolled_back_by: string | null;
  rolled_back_at: string | null;
  /** By field, once rolled back. */
  fates: Record<string, Fate>;
}

/** Without `before` the field was not there, without `after` it is taken away. */
export interface FieldImages {
  before?: Json;
  after?: Json;
  /** What an earlier attempt of the page had put there. */
  replaced?: { after?: Json };
}

export type Fate = 'restored' | 'handed-on' | 'conflict';
