import { sampleUuid } from '../sample/identity.ts';
import type { Plant } from '../sample/planted.ts';
import { FIRST_BIRD_PHOTO } from './kind.ts';
import { BIRD_PHOTO_VERSION, birdStorageOf } from './photo.ts';
import { BIRD_PLANTS } from './planted.ts';

export interface PlannedBirdPhoto {
  /** Ids do not follow the numbers' order, as real ones follow none. */
  id: string;
  number: number;
  /** Path under the sample's folder, with `/`. */
  key: string;
  plant: Plant | null;
}

/** Pure: every row of a sample of this size, before anything is drawn. One plant for ten photos at most, each once. */
export function planBirds(images: number): PlannedBirdPhoto[] {
  const plants = BIRD_PLANTS.slice(0, Math.floor(images / 10));
  const planted = new Map(
    plants.map((plant, index) => [Math.floor(((index + 0.5) * images) / plants.length), plant]),
  );
  return Array.from({ length: images }, (_, index) => {
    const number = FIRST_BIRD_PHOTO + index + 1;
    const plant = planted.get(index) ?? null;
    const name = `IMG_${String(index + 1).padStart(6, '0')}`;
    const file = plant
      ? `${name}-${plant.name}.${plant.extension}`
      : `${name}.${birdStorageOf(number).extension}`;
    return { id: sampleUuid('bird', number), number, key: `birds-v${BIRD_PHOTO_VERSION}/${file}`, plant };
  });
}
