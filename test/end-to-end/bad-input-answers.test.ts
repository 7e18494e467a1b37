import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pending } from '../../src/domain/counts.ts';
import type { FailureClass } from '../../src/domain/failure.ts';
import type { Run } from '../../src/domain/run.ts';
import { buildReport } from '../../src/report.ts';
import type { ExpectedImage } from '../../src/stack/sample/expected.ts';
import type { FaultKind } from '../../src/stack/simulator/settings.ts';
import { eventually } from '../support/tiny-town.ts';
import { analysisIn, analysisOf, categoryOf, purchasesFor, rowOf, sound } from '../support/vehicle-truth.ts';
import { BACKFILL, type Dump, openVehicleWorld, type VehicleWorld } from '../support/vehicle-world.ts';

const SIZE = { images: 36, vehicles: 3, seed: 7 };

describe('answers that cannot be used', () => {
  let world: VehicleWorld;
  let images: ExpectedImage[];
  let spoiled: Spoiled[];
  let before: Dump;

  beforeAll(async () => {
    world = await openVehicleWorld(SIZE);
    await world.work();
    images = sound(world.owned('never'));
    spoiled = spoil(images);
    before = await world.dump();
    await world.simulator.set({
      faults: spoiled.map(({ image, kind, operation, times }) => ({
        match: { operation, items: [image.number] },
        kind,
        ...(times !== undefined && { times }),
      })),
    });
  }, 60_000);
  afterAll(() => world.close());

  test('fail their item with its class after its tries, write nothing of it, and are paid for as billed', async () => {
    const run = await world.run();
    const after = await world.dump();
    const failing = spoiled.filter(({ failure }) => failure !== null);
    const failures = await world.client.surroundings.journalOf('vehicle-images').failures(run.runId);
    const planted = world.owned('never').length - images.length;
    expect(failures).toHaveLength(failing.length + planted);
    for (const { image, failure, tries } of failing) {
      const found = failures.find(({ item }) => item === image.id);
      expect(found).toMatchObject({ class: failure, tries, status: 'failed' });
      expect(rowOf(after, 'vehicle_images', image.id)).toEqual(rowOf(before, 'vehicle_images', image.id));
      expect(analysisIn(after, image.id)).toMatchObject(NOTHING);
    }
    const bad = new Set(failing.map(({ image }) => image.id));
    const good = images.filter(({ id }) => !bad.has(id));
    for (const image of good) expect(analysisIn(after, image.id), image.id).toEqual(analysisOf(image));
    expect(run.counts).toMatchObject({ written: good.length, failed: failures.length });
    expect(pending(run.counts)).toBe(0);

    const repeats = spoiled.filter(({ tries }) => tries > 1);
    const bill = await world.simulator.bill();
    const line = (of: { operation: string; content: string; times: number }) => [
      of.operation,
      of.content,
      of.times,
    ];
    expect(bill.repeats.map(line).sort()).toEqual(
      repeats.map(({ image, operation, tries }) => [operation, `photo:${image.number}`, tries]).sort(),
    );
    // An envelope that cannot be read says nothing about money: three labels of $0.001 stay unknown.
    const report = await buildReport(world.client, run);
    expect(report.unknownCalls).toHaveLength(3);
    expect(report.cost.spentUsd + 3 * 0.001).toBeCloseTo(bill.costUsd, 6);
  });

  test('are asked for again when a run over the failed items comes, and nothing that was bought is bought again', async () => {
    await world.simulator.reset();
    const failing = spoiled.filter(({ failure }) => failure !== null);
    const run = await world.run({ selection: { only: 'failed' } });
    expect(run.counts.written).toBe(failing.length);
    const after = await world.dump();
    for (const image of images) expect(analysisIn(after, image.id), image.id).toEqual(analysisOf(image));

    const asked = await world.simulator.purchases();
    const wanted = failing.flatMap(({ image, operation }) =>
      [...purchasesFor([image])].filter(
        ([name]) => operation === 'DetectLabels' || !name.startsWith('DetectLabels'),
      ),
    );
    expect(asked).toEqual(new Map(wanted));
  });
});

describe('surroundings that are wrong pause a run', () => {
  let world: VehicleWorld;
  let images: ExpectedImage[];
  let before: Dump;

  beforeAll(async () => {
    world = await openVehicleWorld(SIZE);
    await world.work();
    images = sound(world.owned('never'));
    before = await world.dump();
  }, 60_000);
  afterAll(() => world.close());

  test('keys that are refused, no quota, and a table that is gone fail no item; mended, the run goes on', async () => {
    const { simulator, postgres, client, env } = world;
    const resume = () => client.resume(BACKFILL, 'a test');
    await simulator.set({ badKeys: [String(env.AWS_ACCESS_KEY_ID)] });
    const run = await world.start();
    await expectPaused(run.runId, /credentials/i);
    expect((await simulator.bill()).billedCalls).toBe(0);

    await simulator.set({ badKeys: [String(env.OPENAI_API_KEY)] });
    await resume();
    await expectPaused(run.runId, /OPENAI_API_KEY/);
    expect(Object.keys((await simulator.bill()).byOperation)).toEqual(['DetectLabels']);

    await simulator.set({ badKeys: [], faults: [{ kind: 'insufficient_quota' }] });
    await resume();
    await expectPaused(run.runId, /quota/);

    await simulator.set({ faults: [] });
    await postgres.query('ALTER TABLE component_conditions RENAME TO elsewhere');
    await resume();
    await expectPaused(run.runId, /component_conditions/);

    await postgres.query('ALTER TABLE elsewhere RENAME TO component_conditions');
    const done = await resumeToEnd(run);
    const planted = world.owned('never').length - images.length;
    expect(done.counts).toMatchObject({ failed: planted, unknown: 0, conflicts: 0 });
    expect(pending(done.counts)).toBe(0);
    const after = await world.dump();
    for (const image of images) expect(analysisIn(after, image.id), image.id).toEqual(analysisOf(image));
    expect(await simulator.purchases()).toEqual(purchasesFor(images));
    expect(done).toMatchObject({ unknownCalls: 0, holds: {} });
    expect((await simulator.bill()).costUsd).toBeCloseTo((await buildReport(client, done)).cost.spentUsd, 6);
  });

  test('a table that goes while a worker knows it pauses the run as well', async () => {
    const { postgres, simulator } = world;
    await simulator.reset();
    await simulator.set({ latencyMs: 1_500 });
    const run = await world.start({ options: { model: 'gpt-4o-mini' }, selection: { only: 'all' } });
    await eventually(
      () => simulator.calls(),
      (calls) => calls.some(({ provider }) => provider === 'openai'),
      10_000,
      () => 'nothing was asked',
    );
    await postgres.query('ALTER TABLE component_conditions RENAME TO elsewhere');
    before = await world.dump();
    await expectPaused(run.runId, /component_conditions/);
    await postgres.query('ALTER TABLE elsewhere RENAME TO component_conditions');
    const done = await resumeToEnd(run);
    const everything = sound(world.owned('never', 'partly', 'fully'));
    expect(done.counts.written).toBe(everything.length);
    const after = await world.dump();
    for (const image of images) expect(analysisIn(after, image.id), image.id).toEqual(analysisOf(image));
    expect((await simulator.bill()).repeats).toEqual([]);
  });

  async function resumeToEnd({ runId }: Run): Promise<Run> {
    await world.client.resume(BACKFILL, 'a test');
    await eventually(
      () => world.client.run(runId),
      ({ state }) => state !== 'paused',
      10_000,
      ({ reason }) => `it stays paused: ${reason?.message}`,
    );
    return world.until({ runId }, 'done');
  }

  /** For this reason, with nothing in flight, nothing written and no item at fault. */
  async function expectPaused(runId: string, why: RegExp): Promise<void> {
    const run = await eventually(
      () => world.client.run(runId),
      ({ state, reason }) => state === 'paused' && why.test(reason?.message ?? ''),
      20_000,
      ({ state, reason }) => `it is ${state}: ${JSON.stringify(reason)}`,
    );
    expect(run.reason?.kind).toBe('configuration');
    expect(run.reason?.message).not.toContain(world.env.OPENAI_API_KEY);
    const failures = await world.client.surroundings.journalOf('vehicle-images').failures(runId);
    const planted = world.owned('never').filter(({ failure }) => failure !== null);
    expect(planted.map(({ id }) => id)).toEqual(expect.arrayContaining(failures.map(({ item }) => item)));
    expect(await world.dump()).toEqual(before);
  }
});

const NOTHING = {
  image_tags: [],
  component_conditions: [],
  paint_quality_assessments: [],
  vehicle_spid_data: [],
};

interface Spoiled {
  image: ExpectedImage;
  /** As the bill calls it. */
  operation: string;
  kind: FaultKind;
  times?: number;
  /** Null where a later try brings an answer that can be used. */
  failure: FailureClass | null;
  tries: number;
}

/** Each way of spoiling an answer, on an image of its own. */
function spoil(images: ExpectedImage[]): Spoiled[] {
  const photos = images.filter(({ truth, copyOf }) => truth.appraisal && !truth.document && !copyOf);
  const papers = images.filter(({ truth }) => categoryOf(truth) !== null);
  const appraisal = (index: number) => {
    const image = photos[index]!;
    return { image, operation: `appraise_${image.truth.scene}` };
  };
  const paper = (index: number) => ({ image: papers[index]!, operation: 'read_document' });
  const labels = (index: number) => ({ image: photos[index]!, operation: 'DetectLabels' });
  return [
    { ...appraisal(0), kind: 'not-json', failure: 'answer-not-json', tries: 3 },
    { ...appraisal(1), kind: 'off-schema', failure: 'answer-off-schema', tries: 3 },
    { ...appraisal(2), kind: 'refusal', failure: 'answer-refused', tries: 1 },
    { ...paper(0), kind: 'not-json', failure: 'answer-not-json', tries: 3 },
    { ...paper(1), kind: 'off-schema', failure: 'answer-off-schema', tries: 3 },
    { ...paper(2), kind: 'refusal', failure: 'answer-refused', tries: 1 },
    { ...labels(3), kind: 'off-schema', failure: 'answer-off-schema', tries: 3 },
    { ...labels(4), kind: 'not-json', failure: 'call-unknown', tries: 3 },
    { ...appraisal(5), kind: 'off-schema', times: 2, failure: null, tries: 3 },
  ];
}
