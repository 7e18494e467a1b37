import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pending } from '../../src/domain/counts.ts';
import type { ExpectedImage } from '../../src/stack/sample/expected.ts';
import { PLANTS, type Plant } from '../../src/stack/sample/planted.ts';
import { analysisIn, analysisOf, purchasesFor, rowOf, sound } from '../support/vehicle-truth.ts';
import { type Dump, openVehicleWorld, type VehicleWorld } from '../support/vehicle-world.ts';

/** Every kind of unusual image there is, one each, between usual ones. */
let world: VehicleWorld;
let images: ExpectedImage[];
let strange: { image: ExpectedImage; plant: Plant }[];
let usual: Dump;
let before: Dump;

beforeAll(async () => {
  world = await openVehicleWorld({ images: 36, vehicles: 3, seed: 15 });
  await world.work();
  images = sound(world.owned('never')).filter(({ planted }) => planted === null);
  usual = await world.dump();
  strange = PLANTS.map((plant, index) => ({ plant, image: images[index]! }));
  for (const { plant, image } of strange) await plantIn(image, plant);
  before = await world.dump();
}, 90_000);
afterAll(() => world.close());

test('strange images that can be read are analysed like any other; the others fail with their class', async () => {
  const ids = images.map(({ id }) => id);
  const run = await world.run({ ids });
  const after = await world.dump();
  const failing = strange.filter(({ plant }) => plant.failure !== null);
  const failures = await world.client.surroundings.journalOf('vehicle-images').failures(run.runId);
  expect(failures.map(({ item, class: name }) => [item, name]).sort()).toEqual(
    failing.map(({ image, plant }) => [image.id, plant.failure]).sort(),
  );
  for (const { message } of failures) expect(message).not.toMatch(/\n|^\s+at /);

  const bad = new Set(failing.map(({ image }) => image.id));
  for (const image of images) {
    if (!bad.has(image.id)) {
      expect(analysisIn(after, image.id), nameOf(image)).toEqual(analysisOf(image));
    } else {
      expect(rowOf(after, 'vehicle_images', image.id)).toEqual(rowOf(before, 'vehicle_images', image.id));
      expect(analysisIn(after, image.id), nameOf(image)).toMatchObject(NOTHING);
    }
  }
  const written = images.length - failing.length;
  expect(run.counts).toMatchObject({ total: images.length, written, failed: failing.length, skipped: 0 });
  expect(pending(run.counts)).toBe(0);
  expect(await world.simulator.purchases()).toEqual(purchasesFor(images.filter(({ id }) => !bad.has(id))));
});

test('when the images are mended, a run over those that failed does them, and them alone', async () => {
  for (const { image, plant } of strange) {
    if (plant.failure === null) continue;
    const { image_url, storage_path } = rowOf(usual, 'vehicle_images', image.id);
    await refer(image.id, { image_url, storage_path });
  }
  const failing = strange.filter(({ plant }) => plant.failure !== null);
  const run = await world.run({ selection: { only: 'failed' } });
  expect(run.counts).toMatchObject({ total: failing.length, written: failing.length, failed: 0 });
  const after = await world.dump();
  for (const image of images) expect(analysisIn(after, image.id), nameOf(image)).toEqual(analysisOf(image));
  expect(await world.simulator.purchases()).toEqual(purchasesFor(images));
});

const NOTHING = {
  image_tags: [],
  component_conditions: [],
  paint_quality_assessments: [],
  vehicle_spid_data: [],
};

/** Puts the plant's bytes (or its lack of them) where the image was. */
async function plantIn(
  { id, number }: ExpectedImage,
  { name, extension, make, reference }: Plant,
): Promise<void> {
  const file = path.join(world.dir, 'strange', `${name}.${extension}`);
  if (make) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, await make(number));
  }
  await refer(id, reference ?? { image_url: pathToFileURL(file).href, storage_path: null });
}

async function refer(id: string, reference: Record<string, unknown>): Promise<void> {
  await world.postgres.query('UPDATE vehicle_images SET image_url = $2, storage_path = $3 WHERE id = $1', [
    id,
    reference.image_url,
    reference.storage_path,
  ]);
}

function nameOf({ id }: ExpectedImage): string {
  return strange.find(({ image }) => image.id === id)?.plant.name ?? id;
}
