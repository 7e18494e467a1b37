import type { Provenance } from '../../domain/change.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ItemResult } from '../../domain/page.ts';
import type { SeenDocument, Target } from '../opensearch/current.ts';
import { type DocumentEdit, isSame } from '../opensearch/documents.ts';
import { isExact } from '../opensearch/exact.ts';
import { fingerprint, valueAt } from '../opensearch/fingerprint.ts';
import type { Outcome } from '../outcome.ts';
import { isOurs, wasWritten } from './entries.ts';
import { conflict, gone, inexact, readAnew, unchanged } from './outcome.ts';
import type { Entry } from './shapes.ts';

/** One document that an item writes. */
export interface Edit extends Target {
  result: ItemResult;
  fields: JsonObject;
  seen: Record<string, string | null>;
  by: Provenance;
  /** As the item was read. */
  read: SeenDocument;
}

/** What an item comes to without a write; null: it is to be written. `entry`: what an earlier attempt may have written. */
export function judge(
  edit: Edit,
  document: SeenDocument | undefined,
  entry: Entry | undefined,
): Outcome | null {
  if (!document) return gone(edit);
  const { source } = document;
  const changed = changedSince(edit, document).filter((path) => !isWrittenByUs(entry, path, source));
  const byHand = changed.filter((path) => path in edit.fields);
  if (byHand.length > 0) return conflict(edit, byHand);
  if (changed.length > 0) return readAnew(edit, changed);
  if (isAlike(edit, source)) return entry?.live && wasWritten(entry, source) ? edit.result : unchanged(edit);
  const vague = Object.keys(edit.fields).filter((field) => !isExact(source[field]));
  return vague.length > 0 ? inexact(edit, vague) : null;
}

/** An earlier attempt may have written it: its entry tells. */
export function isDoubtful(edit: Edit, document: SeenDocument): boolean {
  return isAlike(edit, document.source) || changedSince(edit, document).length > 0;
}

export function toDocumentEdit(edit: Edit, document: SeenDocument): DocumentEdit<Edit> {
  const entries = Object.entries(edit.fields);
  const absent = entries.filter(([, value]) => value === null).map(([field]) => field);
  return {
    target: edit,
    version: document,
    set: Object.fromEntries(entries.filter(([, value]) => value !== null)),
    remove: absent.filter((field) => field in document.source),
  };
}

function isAlike({ fields }: Edit, source: JsonObject): boolean {
  return Object.entries(fields).every(([field, value]) => isSame(source[field], value ?? undefined));
}

function changedSince({ seen, read }: Edit, document: SeenDocument): string[] {
  if (document === read) return [];
  const { source } = document;
  return Object.keys(seen).filter((path) => fingerprint(valueAt(source, path)) !== seen[path]);
}

function isWrittenByUs(entry: Entry | undefined, field: string, source: JsonObject): boolean {
  const images = entry?.live ? entry.fields[field] : undefined;
  return images !== undefined && isOurs(images, source[field]);
}
