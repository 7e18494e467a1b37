import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../domain/failure.ts';
import type { Json } from '../domain/json.ts';

export interface Exported {
  /** Values that are in the file. */
  values: number;
  /** Items that have none, and are left out. */
  missing: number;
}

type Entries = AsyncIterable<{ id: string; value: Json }>;

/**
 * Writes one JSON object, `{id: value}`, a line for each value; `-` is stdout. A file takes its name when it is complete:
 * a backup that is there is whole. Throws UsageError where it cannot be written.
 */
export async function exportTo(file: string, entries: Entries, signal?: AbortSignal): Promise<Exported> {
  const exported = { values: 0, missing: 0 };
  const lines = linesOf(entries, exported);
  if (file === '-') {
    await pipeline(lines, process.stdout, { end: false, ...(signal && { signal }) });
    return exported;
  }
  const unfinished = `${file}.${process.pid}.part`;
  try {
    await pipeline(lines, createWriteStream(unfinished), { ...(signal && { signal }) });
    await rename(unfinished, file);
    return exported;
  } catch (error) {
    await rm(unfinished, { force: true });
    const { syscall } = error as NodeJS.ErrnoException;
    if (!['open', 'write', 'rename'].includes(syscall ?? '')) throw error;
    throw new UsageError(`--out: cannot write ${file}: ${(error as Error).message}`, 'name another file', {
      cause: error,
    });
  }
}

/** Counts what it has told. */
async function* linesOf(entries: Entries, exported: Exported): AsyncGenerator<string> {
  yield '{';
  for await (const { id, value } of entries) {
    if (value === null) {
      exported.missing++;
      continue;
    }
    yield `${exported.values === 0 ? '' : ','}\n  ${JSON.stringify(id)}: ${JSON.stringify(value)}`;
    exported.values++;
  }
  yield exported.values === 0 ? '}\n' : '\n}\n';
}
