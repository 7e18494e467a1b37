import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { UsageError } from '../domain/failure.ts';

/** One id per line; `-` is stdin. Throws UsageError. */
export async function readIds(file: string): Promise<string[]> {
  const ids = (await contentOf(file))
    .split('\n')
    .map((line) => asStored(line.trim()))
    .filter(Boolean);
  if (ids.length > 0) return [...new Set(ids)];
  throw new UsageError(`--ids: ${file === '-' ? 'stdin' : file} holds no id`, 'write one id per line');
}

/** A UUID in capitals is the same id; PostgreSQL writes it in small letters. */
export function asStored(id: string): string {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) ? id.toLowerCase() : id;
}

async function contentOf(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--ids: cannot read ${file}: ${(error as Error).message}`, 'name a readable file', {
      cause: error,
    });
  }
}
