import { access, mkdir, rename, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { drawPhoto } from './photo.ts';
import type { Plant } from './planted.ts';

interface PlannedFile {
  number: number;
  /** Path under the sample's folder, with `/`. */
  key: string;
  plant: Plant | null;
}

interface Filing {
  images: readonly PlannedFile[];
  /** The file of a photo that is no plant; a vehicle's unless given. */
  draw?: (number: number) => Promise<Buffer>;
  dir: string;
  say: (line: string) => void;
}

/** Writes what is not there yet. A file is whole or absent: it takes its name when complete. */
export async function fileSample(filing: Filing): Promise<{ drawn: number; kept: number }> {
  const { images, draw = drawPhoto, dir, say } = filing;
  const filed = images.filter(({ plant }) => plant?.make !== null);
  const absent = await absentOf(filed, dir);
  const kept = filed.length - absent.length;
  if (absent.length > 0) say(`Drawing ${absent.length} photos into ${dir}`);
  let drawn = 0;
  const waiting = absent.values();
  const work = async () => {
    for (const { key, number, plant } of waiting) {
      await fileOne(join(dir, key), await (plant?.make ?? draw)(number));
      drawn++;
      if (drawn % 250 === 0) say(`${drawn} of ${absent.length} photos drawn`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return { drawn, kept };
}

async function absentOf(images: readonly PlannedFile[], dir: string): Promise<PlannedFile[]> {
  const there = await Promise.all(images.map(({ key }) => exists(join(dir, key))));
  return images.filter((_, index) => !there[index]);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function fileOne(path: string, bytes: Buffer): Promise<void> {
  const unfinished = `${path}.${process.pid}`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(unfinished, bytes);
  await rename(unfinished, path);
}
