import type { DocumentState } from './document-state.ts';
import type { Json, JsonObject } from './json.ts';

/** Which paid answer a value came from. All absent: computed from the row itself. */
export interface Provenance {
  callKey?: string;
  model?: string;
  promptVersion?: string;
}

/**
 * Sets fields of one existing row. In PostgreSQL a field is a column (`is_document`) or one top-level key of a JSONB
 * column (`ai_scan_metadata.appraiser`); in OpenSearch, where the table is an index and the row a document, one top-level
 * key of the document, and null takes it away.
 */
export interface FieldChange {
  kind: 'fields';
  table: string;
  id: string;
  fields: JsonObject;
  /**
   * Fingerprints of the fields as they were read: `md5((to_jsonb(t)->'column')::text)` for a column,
   * `md5((t.column->'key')::text)` for a key, null where the key is absent; in OpenSearch as `fingerprint` tells. A field
   * that no longer has its fingerprint makes the item a conflict.
   */
  seen?: Record<string, string | null>;
  /** In OpenSearch, where it must be: the document as it was read, with what it held in `fields`. */
  read?: DocumentState;
  /** Fill in only what is NULL or '' at the moment of writing; other values stay, and are no conflict. */
  onlyIfEmpty?: true;
  by: Provenance;
}

/**
 * Makes the set of rows that `owner` selects (for example all tags of one image and step) exactly `rows`:
 * inserts, updates and deletes as needed. Each row has an `id` that does not change between runs.
 */
export interface RowsChange {
  kind: 'rows';
  table: string;
  owner: JsonObject;
  rows: (JsonObject & { id: Json })[];
  by: Provenance;
}

/** Puts the before-images of one journal entry back, if nobody has changed the field since. Only rollbacks yield it. */
export interface RestoreChange {
  kind: 'restore';
  /** The journal entry's id; in PostgreSQL its number. */
  seq: string;
}

/** The row of its item in a file that is made once every item of the unit has a final result. */
export interface PartChange {
  kind: 'part';
  row: JsonObject;
}

export type Change = FieldChange | RowsChange | RestoreChange | PartChange;
