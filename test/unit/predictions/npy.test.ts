import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { fromNpy, toNpy } from '../../../src/stores/embeddings/npy.ts';

const NUMBERS = Float32Array.from({ length: 512 }, (_, at) => at + 1);
const written = (name: string) =>
  readFile(path.join(import.meta.dirname, '../../golden/predictions/npy', `${name}.npy`));

test('we write what numpy writes, byte for byte', async () => {
  expect(toNpy(NUMBERS).equals(await written('plain'))).toBe(true);
});

test.each(['plain', 'version-2', 'one-row'])('what numpy wrote is read: %s', async (name) => {
  expect(fromNpy(await written(name))).toEqual(NUMBERS);
});

test.each(['double', 'big-endian', 'columns-first'])(
  'numbers of another layout are not taken: %s',
  async (name) => {
    expect(fromNpy(await written(name))).toBeNull();
  },
);
