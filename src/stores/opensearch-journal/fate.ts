import type { Json, JsonObject } from '../../domain/json.ts';
import { isSame } from '../opensearch/documents.ts';
import type { Entry, Fate } from './indexes.ts';

/** What a rollback does to one field. */
export interface FieldFate {
  field: string;
  fate: Fate;
  /** What is there now. */
  found: Json | undefined;
  /** The entry of a later run that takes the before-image over. */
  heir?: Entry;
}

/**
 * A field that a later run has overwritten hands its before-image to that run's entry; one that still is what the run
 * wrote, or already what was there before, is restored; any other was changed by another hand, and is kept.
 * `document`: null when it is gone. `later`: entries of later runs about the document, oldest first.
 */
export function fatesOf(entry: Entry, document: JsonObject | null, later: readonly Entry[]): FieldFate[] {
  return Object.entries(entry.fields).map(([field, { before, after }]): FieldFate => {
    const found = document?.[field];
    const heir = later.find(({ fields }) => field in fields);
    if (heir) {
      const was = heir.fields[field]?.before;
      // The second: it was handed over by an attempt that died before it could say so.
      const follows = isSame(was, after) || isSame(was, before);
      return follows ? { field, fate: 'handed-on', found, heir } : { field, fate: 'conflict', found };
    }
    const ours = document !== null && (isSame(found, after) || isSame(found, before));
    return { field, fate: ours ? 'restored' : 'conflict', found };
  });
}
