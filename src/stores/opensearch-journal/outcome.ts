import type { ItemResult } from '../../domain/page.ts';
import type { Target } from '../opensearch/current.ts';
import type { Outcome } from '../outcome.ts';

/** What an item writes, or puts back. */
interface Of extends Target {
  result: ItemResult;
}

/** It holds already what would be written, by whomever. */
export function unchanged({ result }: Of): Outcome {
  return { ...result, status: 'skipped', class: 'unchanged', message: 'It holds what would be written.' };
}

export function gone({ result, table, row }: Of): Outcome {
  const message = `There is no document ${row} in ${table} any more.`;
  return { ...result, status: 'skipped', class: 'gone', message };
}

export function refused({ result }: Of, why: string): Outcome {
  const message = `OpenSearch refused what was to be written: ${why}`;
  return { ...result, status: 'failed', class: 'row-invalid', message };
}

export function inexact({ result, table, row }: Of, fields: string[]): Outcome {
  const message = `${fields.join(', ')} of ${table}/${row} hold numbers that could not be put back as they are: whole numbers beyond 2^53, or -0. Nothing was written.`;
  return { ...result, status: 'failed', class: 'row-invalid', message };
}

export function conflict({ result, table, row }: Of, fields: string[]): Outcome {
  const message = `${fields.join(', ')} of ${table}/${row} changed after it was read; nothing was written.`;
  return { ...result, status: 'conflict', class: 'changed-since', message };
}

/** What it was made from has changed: it is read anew. */
export function readAnew(of: Of, changed: string[]): Outcome {
  return deferred(of, `${changed.join(', ')} changed after it was read`, 0);
}

/** Somebody writes the document all the time. */
export function crowded(of: Of): Outcome {
  return deferred(of, 'others write it all the time', LATER_MS);
}

const LATER_MS = 5_000;

/** What others do uses up none of its tries. */
function deferred({ result, table, row }: Of, why: string, inMs: number): Outcome {
  const message = `${table}/${row}: ${why}; it is read anew.`;
  const dueAt = Date.now() + inMs;
  return { ...result, status: 'deferred', class: 'changed-since', message, tries: result.tries - 1, dueAt };
}
