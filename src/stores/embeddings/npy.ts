/** How numpy keeps one embedding: `np.load` reads what `toNpy` writes, and `fromNpy` what `np.save` writes. */

export const EMBEDDING_LENGTH = 512;

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');

/** Format 1.0, float32, little endian, shape (512,). */
export function toNpy(embedding: Float32Array): Buffer {
  const about = `{'descr': '<f4', 'fortran_order': False, 'shape': (${embedding.length},), }`;
  // Numbers begin at a multiple of 64; the header ends with a newline.
  const room = Math.ceil((10 + about.length + 1) / 64) * 64 - 10;
  const header = Buffer.from(`${about.padEnd(room - 1)}\n`, 'latin1');
  const numbers = Buffer.alloc(embedding.length * 4);
  embedding.forEach((value, at) => {
    numbers.writeFloatLE(value, at * 4);
  });
  return Buffer.concat([MAGIC, Buffer.of(1, 0, header.length % 256, header.length >> 8), header, numbers]);
}

/** Null for whatever is no embedding: half a file, another type or order, another shape than (512,) or (1, 512). */
export function fromNpy(file: Buffer): Float32Array | null {
  const parts = split(file);
  if (parts === null) return null;
  const { header, numbers } = parts;
  const shape = /'shape':\s*\((?:1,\s*)?(\d+),?\s*\)/.exec(header)?.[1];
  const plain = /'descr':\s*'<f4'/.test(header) && /'fortran_order':\s*False/.test(header);
  if (!plain || shape !== String(EMBEDDING_LENGTH) || numbers.length !== EMBEDDING_LENGTH * 4) return null;
  return Float32Array.from({ length: EMBEDDING_LENGTH }, (_, at) => numbers.readFloatLE(at * 4));
}

/** Versions 1 and 2 differ in how the header's length is written. */
function split(file: Buffer): { header: string; numbers: Buffer } | null {
  if (file.length < 12 || !file.subarray(0, 6).equals(MAGIC)) return null;
  const version = file[6];
  if (version !== 1 && version !== 2) return null;
  const start = version === 1 ? 10 : 12;
  const end = start + (version === 1 ? file.readUInt16LE(8) : file.readUInt32LE(8));
  return { header: file.toString('latin1', start, end), numbers: file.subarray(end) };
}
