import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ExpectedImage } from '../../src/stack/sample/expected.ts';
import {
  analysisIn,
  analysisOf,
  categoryOf,
  isPersonal,
  purchasesFor,
  rowOf,
  sound,
} from '../support/vehicle-truth.ts';
import { type Dump, openVehicleWorld, type VehicleWorld } from '../support/vehicle-world.ts';

/** What the options of the backfill choose, one after the other over the same small sample. */
let world: VehicleWorld;
/** Never analysed, and as they should be. */
let images: ExpectedImage[];
/** How many are not. */
let failing: number;

beforeAll(async () => {
  world = await openVehicleWorld({ images: 45, vehicles: 3, seed: 105 });
  await world.work();
  images = sound(world.owned('never'));
  failing = world.owned('never').length - images.length;
}, 60_000);
afterAll(() => world.close());

test('--steps angle asks for labels alone, and leaves the image unanalysed in all other ways', async () => {
  const before = await world.dump();
  const run = await world.run({ options: { steps: 'angle' } });
  expect(run.counts).toMatchObject({ written: images.length, failed: failing });
  expect(await world.simulator.purchases()).toEqual(purchases(/^DetectLabels/));

  const after = await world.dump();
  for (const image of images) {
    const had = analysisIn(before, image.id);
    const found = analysisIn(after, image.id);
    // Whether a photo with writing on it is a document is for the document question to say.
    const unsure = image.truth.document !== null && { kind: expect.any(String), angle: expect.any(String) };
    const rekognition = { ...labelsOf(image), ...unsure };
    expect(found.image).toEqual({ ...had.image, ai_scan_metadata: { rekognition } });
    expect(found).toMatchObject({
      image_tags: analysisOf(image).image_tags.filter(({ step }) => step === 'rekognition'),
      component_conditions: [],
      paint_quality_assessments: [],
      vehicle_spid_data: [],
    });
  }
  expect(after.vehicles).toEqual(before.vehicles);
});

test('--steps documents reads documents alone, from labels that are paid for', async () => {
  await world.simulator.reset();
  const before = await world.dump();
  const run = await world.run({ options: { steps: 'documents' } });
  expect(run.counts.failed).toBe(failing);
  expect(await world.simulator.purchases()).toEqual(purchases(/^read_document/));

  const after = await world.dump();
  for (const image of images) {
    const found = analysisIn(after, image.id);
    const expected = analysisOf(image);
    if (image.truth.scene === 'document') {
      expect(found, image.id).toEqual(expected);
    } else {
      expect(found.image, image.id).toEqual({
        ...analysisIn(before, image.id).image,
        ai_scan_metadata: { rekognition: labelsOf(image), spid: null },
        is_document: false,
        document_category: null,
      });
      expect(found.component_conditions).toEqual([]);
    }
  }
});

test('a run of all steps then buys the appraisals that are missing, and all is as if done at once', async () => {
  await world.simulator.reset();
  const photos = images.filter(({ truth }) => truth.scene !== 'document');
  const run = await world.run();
  expect(run.counts).toMatchObject({ written: photos.length, cached: 0, failed: failing });
  expect(await world.simulator.purchases()).toEqual(purchases(/^appraise/));
  const after = await world.dump();
  for (const image of images) expect(analysisIn(after, image.id), image.id).toEqual(analysisOf(image));
});

test('--sensitive-local keeps what may be a title, registration or licence away from OpenAI', async () => {
  await world.simulator.reset();
  await world.run({
    options: { sensitiveLocal: true, model: 'gpt-4o-mini' },
    selection: { only: 'all' },
  });
  const asked = await world.simulator.purchases();
  const after = await world.dump();
  const withVehicle = sound(world.owned('never', 'partly', 'fully'));
  const personal = withVehicle.filter(({ truth }) => isPersonal(truth));
  expect(new Set(personal.map(({ truth }) => categoryOf(truth)))).toEqual(
    new Set(['title', 'registration', 'license']),
  );
  for (const { id, number } of personal) {
    expect(questionsAbout(asked, number), id).toEqual([]);
    expect(rowOf(after, 'vehicle_images', id)).toMatchObject({
      is_document: true,
      document_category: 'sensitive_unread',
      ai_scan_metadata: { appraiser: null, spid: null },
    });
  }
  const others = withVehicle.filter(({ truth }) => !isPersonal(truth));
  for (const image of others) {
    const kept = rowOf(after, 'vehicle_images', image.id).document_category === 'sensitive_unread';
    if (kept) {
      // Labels cannot always tell: then doubt keeps it away as well.
      expect(image.truth.document).not.toBeNull();
      expect(questionsAbout(asked, image.number)).toEqual([]);
    } else {
      expect(analysisIn(after, image.id).image).toMatchObject({
        is_document: categoryOf(image.truth) !== null,
        document_category: categoryOf(image.truth),
      });
      expect(questionsAbout(asked, image.number)).toHaveLength(
        image.truth.document && image.truth.appraisal ? 2 : 1,
      );
    }
  }
  expect([...asked.keys()].some((one) => one.startsWith('read_document'))).toBe(true);
  expect((await world.simulator.bill()).documentsAppraised).toBe(0);
  expect(findingsOfUnread(after)).toEqual([]);
});

test('an empty selection starts nothing', async () => {
  const runs = await world.client.runs();
  const started = await world.client.start({
    backfill: 'vehicle-images',
    options: {},
    selection: { only: 'missing', unit: '00000000-0000-4000-8000-000000000000' },
  });
  expect(started).toMatchObject({ kind: 'empty', survey: { items: 0, units: 0 } });
  expect(await world.client.runs()).toEqual(runs);
});

/** Of the images never analysed. */
function purchases(operation: RegExp): Map<string, number> {
  return new Map([...purchasesFor(images)].filter(([name]) => operation.test(name)));
}

/** Of OpenAI. */
function questionsAbout(purchases: Map<string, number>, number: number): string[] {
  return [...purchases.keys()].filter(
    (one) => one.endsWith(` photo:${number}`) && !one.startsWith('DetectLabels'),
  );
}

function labelsOf(image: ExpectedImage): Record<string, unknown> {
  const { rekognition } = analysisOf(image).image.ai_scan_metadata as Record<string, Record<string, unknown>>;
  return rekognition!;
}

/** Rows that only an answer of OpenAI's can have brought, of images that it has not seen. */
function findingsOfUnread(dump: Dump): unknown[] {
  const unread = new Set(
    dump.vehicle_images!.filter((row) => row.document_category === 'sensitive_unread').map(({ id }) => id),
  );
  return ['image_tags', 'component_conditions', 'paint_quality_assessments', 'vehicle_spid_data']
    .flatMap((table) => dump[table] ?? [])
    .filter(({ image_id, step }) => unread.has(String(image_id)) && step !== 'rekognition');
}
