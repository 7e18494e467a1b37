import type { Json, JsonObject } from '../../domain/json.ts';
import { isSame } from '../opensearch/documents.ts';
import { isOurs } from './entries.ts';
import type { Entry, Fate, FieldImages } from './shapes.ts';

/** What a rollback does to one field. */
export interface FieldFate {
  field: string;
  fate: Fate;
  /** What is there now. */
  found: Json | undefined;
  /** Entries of later runs that take the before-image over. */
  heirs: Entry[];
}

/**
 * A field that a later run has overwritten hands its before-image to that run's entry; one that still is what the run
 * wrote, or already what was there before, is restored; any other was changed by another hand, and is kept.
 * `document`: null when it is gone. `later`: entries of later runs about the document, oldest first.
 */
export function fatesOf(entry: Entry, document: JsonObject | null, later: readonly Entry[]): FieldFate[] {
  return Object.keys(entry.fields).map((field): FieldFate => {
    const found = document?.[field];
    const { heirs, fate } = fateOf(entry, field, later, document);
    return { field, fate, found, heirs };
  });
}

/**
 * Usually the first of the later ones is the heir. But what it wrote may be gone: its own rollback was given up half-way.
 * Then the next one has found what we wrote, and inherits too; and where there is none, it is in the document.
 */
function fateOf(
  entry: Entry,
  field: string,
  later: readonly Entry[],
  document: JsonObject | null,
): { fate: Fate; heirs: Entry[] } {
  const images = entry.fields[field] ?? {};
  const after = later.filter(({ fields }) => field in fields);
  const heirs: Entry[] = [];
  for (const [n, heir] of after.entries()) {
    if (!inherits(heir, field, entry)) return { fate: n > 0 ? 'handed-on' : 'conflict', heirs };
    heirs.push(heir);
    const next = after[n + 1];
    const overwritten = next ? next.fields[field]?.before : document?.[field];
    const stands = isOurs(heir.fields[field] ?? {}, overwritten) || !isStill(images, overwritten);
    if (stands || !(next || document)) return { fate: 'handed-on', heirs };
  }
  return { fate: document && isStill(images, document[field]) ? 'restored' : 'conflict', heirs };
}

/** `before`: it found what the run had written. `already`: an attempt that died before it could say so has handed over. */
export function inherits(heir: Entry, field: string, from: Entry): 'before' | 'already' | null {
  const was = heir.fields[field]?.before;
  const images = from.fields[field] ?? {};
  if (isSame(was, images.before)) return 'already';
  return isOurs(images, was) ? 'before' : null;
}

/** What the run wrote, or what was there before. */
function isStill(images: FieldImages, found: Json | undefined): boolean {
  return isOurs(images, found) || isSame(found, images.before);
}
