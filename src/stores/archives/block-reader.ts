import type { FileHandle } from 'node:fs/promises';
import { RandomAccessReader } from 'yauzl';

const BLOCK_BYTES = 256 * 1024;

/** For yauzl, which reads a zip's list of entries in pieces of 50 bytes: they come from memory, block by block. */
export class BlockReader extends RandomAccessReader {
  readonly #file: FileHandle;
  #block: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(file: FileHandle) {
    super();
    this.#file = file;
  }

  /** What is missing at the file's end is told by `read`: yauzl then reports an unexpected end. */
  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, read?: number) => void,
  ): void {
    const held = this.#held(length, position);
    if (held) {
      callback(null, held.copy(buffer, offset));
      return;
    }
    this.#load(length, position).then(
      (loaded) => callback(null, loaded.copy(buffer, offset)),
      (error: Error) => callback(error),
    );
  }

  /** Fewer bytes at the end of the file. */
  async peek(length: number, position: number): Promise<Buffer> {
    return this.#held(length, position) ?? (await this.#load(length, position));
  }

  #held(length: number, position: number): Buffer | null {
    const from = position - this.#start;
    if (from < 0 || from + length > this.#block.length) return null;
    return this.#block.subarray(from, from + length);
  }

  async #load(length: number, position: number): Promise<Buffer> {
    const block = Buffer.allocUnsafeSlow(Math.max(length, BLOCK_BYTES));
    const { bytesRead } = await this.#file.read(block, 0, block.length, position);
    this.#block = block.subarray(0, bytesRead);
    this.#start = position;
    return this.#block.subarray(0, length);
  }
}
