import { access, mkdir, rename, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { drawPhoto } from './photo.ts';
import type { PlannedImage } from './plan.ts';

interface Filing {
  images: readonly PlannedImage[];
  dir: string;
  say: (line: string) => void;
}

/** Writes what is not there yet. A file is whole or absent: it takes its name when complete. */
export async function fileSample({ images, dir, say }: Filing): Promise<{ drawn: number; kept: number }> {
  const filed = images.filter(({ plant }) => plant?.make !== null);
  const absent = await absentOf(filed, dir);
  const kept = filed.length - absent.length;
  if (absent.length > 0) say(`Drawing ${absent.length} photos into ${dir}`);
  let drawn = 0;
  const waiting = absent.values();
  const draw = async () => {
    for (const image of waiting) {
      await fileOne(image, dir);
      drawn++;
      if (drawn % 250 === 0) say(`${drawn} of ${absent.length} photos drawn`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, draw));
  return { drawn, kept };
}

async function absentOf(images: readonly PlannedImage[], dir: string): Promise<PlannedImage[]> {
  const there = await Promise.all(images.map(({ key }) => exists(join(dir, key))));
  return images.filter((_, index) => !there[index]);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function fileOne({ key, number, plant }: PlannedImage, dir: string): Promise<void> {
  const bytes = await (plant?.make ?? drawPhoto)(number);
  const path = join(dir, key);
  const unfinished = `${path}.${process.pid}`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(unfinished, bytes);
  await rename(unfinished, path);
}
