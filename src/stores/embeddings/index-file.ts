import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { type Line, parseLine } from './line.ts';

/** Where the lines of an index are, and what others append meanwhile. */
export interface IndexFile {
  /** The newest whole line about the image that this encoder may use. */
  find(hash: string): Promise<Line | null>;
  append(line: Line): Promise<void>;
  close(): Promise<void>;
}

/**
 * Keeps only the place of each line in memory: about 100 bytes for an image. `usable` says which lines count.
 */
export async function openIndexFile(file: string, usable: (line: Line) => boolean): Promise<IndexFile> {
  await mkdir(path.dirname(file), { recursive: true });
  const handle = await open(file, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT);
  const places = new Map<string, number>();
  let read = 0;
  const readOn = oneAtATime(async () => {
    const { size } = await handle.stat();
    // Somebody emptied it.
    if (size < read) {
      places.clear();
      read = 0;
    }
    for await (const { text, at } of linesFrom(handle, read, size)) {
      read = at + text.length + 1;
      const line = parseLine(text);
      if (line !== null && usable(line)) places.set(line.hash, packed(at, text));
    }
  });
  await readOn();
  await endLastLine(handle);
  return {
    find: async (hash) => {
      if (!places.has(hash)) await readOn();
      const place = places.get(hash);
      return place === undefined ? null : parseLine(await lineAt(handle, place));
    },
    append: async (line) => {
      // A single write to the end: lines of other processes stay whole.
      await handle.write(`${JSON.stringify(line)}\n`);
      // An older line has had its day; the new one is found by reading on.
      places.delete(line.hash);
    },
    close: () => handle.close(),
  };
}

/** Lines have less than 64 kB; where they begin and how long they are fits into the 53 bits of a number. */
const LONGEST = 2 ** 16;

function packed(at: number, text: string): number {
  return at * LONGEST + Math.min(text.length, LONGEST - 1);
}

async function lineAt(handle: FileHandle, place: number): Promise<string> {
  const length = place % LONGEST;
  const { buffer, bytesRead } = await handle.read({
    buffer: Buffer.alloc(length),
    position: Math.floor(place / LONGEST),
  });
  return buffer.toString('latin1', 0, bytesRead);
}

/** Read as Latin-1: a byte is a character, and all that counts here is ASCII. Without an unfinished last line. */
async function* linesFrom(
  handle: FileHandle,
  from: number,
  to: number,
): AsyncGenerator<{ text: string; at: number }> {
  const buffer = Buffer.alloc(Math.min(1024 * 1024, to - from));
  let rest = '';
  for (let position = from; position < to; ) {
    const { bytesRead } = await handle.read({ buffer, position });
    if (bytesRead === 0) return;
    const texts = (rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
    let at = position - rest.length;
    rest = texts.pop() ?? '';
    position += bytesRead;
    for (const text of texts) {
      yield { text, at };
      at += text.length + 1;
    }
  }
}

/** What a killed writer left would swallow the next line. */
async function endLastLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  if (size === 0) return;
  const { buffer } = await handle.read({ buffer: Buffer.alloc(1), position: size - 1 });
  if (buffer.toString() !== '\n') await handle.write('\n');
}

/** Who asks while it is under way gets the same answer. */
function oneAtATime(task: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | null = null;
  return () => {
    underWay ??= task().finally(() => {
      underWay = null;
    });
    return underWay;
  };
}
