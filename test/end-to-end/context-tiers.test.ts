import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tier1 } from '../../src/backfills/context-tiers/answers.ts';
import { contextTiers } from '../../src/backfills/context-tiers/index.ts';
import { pricesOf } from '../../src/backfills/prices.ts';
import { reportTable } from '../../src/cli/report-table.ts';
import { SAMPLE_PHOTOS } from '../../src/cli/sample.ts';
import type { StartRequest } from '../../src/client.ts';
import { nanodollars } from '../../src/domain/money.ts';
import type { Run } from '../../src/domain/run.ts';
import { DEFAULT_SETTINGS } from '../../src/domain/settings.ts';
import { type Estimate, estimate } from '../../src/estimate.ts';
import { buildReport } from '../../src/report.ts';
import { isAsked, planTrails } from '../../src/stack/context/trails.ts';
import { type PlannedImage, planSample } from '../../src/stack/sample/plan.ts';
import { EXAMPLES, pathsOf, QUERIES } from '../support/context-queries.ts';
import { addReceipts } from '../support/context-receipts.ts';
import { type ContextTruth, contextTruth, type Route } from '../support/context-truth.ts';
import { openRuns, type Runs } from '../support/runs.ts';
import { type Dump, openVehicleWorld, type VehicleWorld } from '../support/vehicle-world.ts';

/** What is stored of an image, beside what others keep there. */
interface Stored {
  context_score: number;
  context: { points: Record<string, number>; route: string; analysed_before: boolean; prices: string };
  processing_cost: number;
  tier_1: Tier1;
  tier_2: object | null;
  gap_finder: { current_context_score: number } | null;
}

const KEYS = ['context_score', 'context', 'processing_cost', 'tier_1', 'tier_2', 'gap_finder'];
/** By what the seed calls them. */
const ROUTE_NAMES: Record<Route, string> = {
  confirm: 'confirm',
  guided: 'guided',
  infer: 'infer',
  gap: 'gap_finder',
};
const FLAT = { prices: 'flat' };
const LONG = 240_000;
/** Of the full sample, where it was not drawn before. */
const DRAWING = 600_000;

const request = (world: Runs, options: object = {}, only: StartRequest['selection']['only'] = 'missing') => ({
  backfill: world.backfill,
  selection: { only },
  options: { ...options },
  settings: { rates: {} },
});

async function metadataOf({ postgres }: VehicleWorld): Promise<Map<string, Stored>> {
  const { rows } = await postgres.query<{ id: string; metadata: Stored }>(
    `SELECT id::text, ai_scan_metadata AS metadata FROM vehicle_images WHERE ai_scan_metadata -> 'context_score' IS NOT NULL`,
  );
  return new Map(rows.map(({ id, metadata }) => [id, metadata]));
}

async function planOf(world: VehicleWorld, options: object, only?: StartRequest['selection']['only']) {
  const asked = request(world, options, only);
  const settings = { ...DEFAULT_SETTINGS, ...asked.settings, options: asked.options };
  const survey = await world.client.survey(asked);
  const backfill = world.client.surroundings.backfillOf({ backfill: world.backfill, settings });
  return backfill.plan!({ survey, prices: pricesOf(contextTiers as never, settings) });
}

const imagesByRoute = ({ rows }: { rows: unknown[][] }) =>
  Object.fromEntries(rows.map(([route, , images]) => [route, images]));
const sum = (numbers: Iterable<number>) => [...numbers].reduce((all, one) => all + one, 0);
const isSufficient = (truth: ContextTruth, image: PlannedImage) =>
  truth.expectedTier1(image).image_quality.sufficient_for_detail;

describe('the full sample, at flat prices', () => {
  const SIZE = { images: 2_934, vehicles: 122 };
  const plan = planSample(SIZE);
  const truth = contextTruth(plan);
  const asked = truth.images.filter(isAsked);
  const { totals } = truth;
  let world: VehicleWorld;
  let before: Dump;
  let expected: Estimate;
  let planned: Awaited<ReturnType<typeof planOf>>;
  let run: Run;
  let stored: Map<string, Stored>;

  beforeAll(async () => {
    world = await openVehicleWorld({ ...SIZE, backfill: 'context-tiers', photos: SAMPLE_PHOTOS });
    await world.hire();
    before = await world.dump();
    expected = await estimate(world.client, request(world, FLAT));
    planned = await planOf(world, FLAT);
    run = await world.until(await world.start({ options: FLAT }), 'done', LONG);
    stored = await metadataOf(world);
  }, DRAWING + LONG);
  afterAll(() => world.close(), LONG);

  test('asks each question as often as the routes say, and pays its price, by the ledger and by the provider', async () => {
    const audit = await world.client.surroundings.ledger.audit(run.runId);
    const bill = await world.simulator.bill();
    const calls = Object.entries(bill.byOperation).map(([name, { billedCalls }]) => [name, billedCalls]);
    expect(Object.fromEntries(calls)).toEqual(totals.bought);
    expect(bill.repeats).toEqual([]);
    expect(audit).toMatchObject({ calls: bill.billedCalls, spent: run.spent, unknown: [], duplicates: [] });
    expect(run.spent).toBe(nanodollars(totals.usd));
    const { find_gaps, ...others } = totals.bought;
    const mini =
      others.organise_image + others.confirm_parts + 5 * others.guided_parts + 50 * others.infer_parts;
    expect(run.spentBy).toEqual({
      'openai/gpt-4o-mini': nanodollars(mini / 10_000),
      'openai/gpt-4o': nanodollars(0.02 * find_gaps),
    });
  });

  test('costs between $12 and $18, and not $54.68', () => {
    expect(run.spent).toBeGreaterThan(nanodollars(12));
    expect(run.spent).toBeLessThan(nanodollars(18));
    expect(run.counts).toMatchObject({ failed: totals.failing, conflicts: 0, unknown: 0 });
    expect(run.counts.total - run.counts.skipped).toBe(2_734);
  });

  test('was estimated within a few percent, and within the interval, before anything was bought', () => {
    const { expected: usd, low, high } = expected.cost;
    expect(usd / run.spent).toBeGreaterThan(0.95);
    expect(usd / run.spent).toBeLessThan(1.05);
    expect(low).toBeLessThan(run.spent);
    expect(high).toBeGreaterThan(run.spent);
    expect(expected.assuming).toMatch(/60 % are taken to suffice for tier 2/);
  });

  test('was planned by the routes that it took', () => {
    const [routes, missing] = planned;
    const all = Object.entries(ROUTE_NAMES).map(([name, route]) => [
      route,
      truth.images.filter((image) => truth.expectedRoute(image) === name).length,
    ]);
    expect(imagesByRoute(routes!)).toEqual(Object.fromEntries(all));
    expect(missing?.rows).toEqual([]);
  });

  test('stores the score, the route and the answer of each photo in its own row', () => {
    expect([...stored.keys()].sort()).toEqual(asked.map(({ id }) => id).sort());
    for (const image of asked) {
      const { context_score, context, tier_1 } = stored.get(image.id)!;
      expect({ context_score, route: context.route, tier_1 }, image.id).toEqual({
        context_score: truth.expectedScore(image),
        route: ROUTE_NAMES[truth.expectedRoute(image)],
        tier_1: { tier: 1, ...truth.expectedTier1(image) },
      });
      expect(sum(Object.values(context.points))).toBe(context_score);
    }
  });

  test('looks at parts where a photo suffices for it, and for gaps only under ten points', () => {
    for (const image of asked) {
      const { tier_2, gap_finder } = stored.get(image.id)!;
      const little = truth.expectedRoute(image) === 'gap';
      expect(tier_2 !== null, image.id).toBe(!little && isSufficient(truth, image));
      expect(gap_finder !== null, image.id).toBe(little);
      if (gap_finder) expect(gap_finder.current_context_score).toBeLessThan(10);
    }
  });

  test('costs of rows add up to what the ledger has booked, to the nanodollar', async () => {
    const { rows } = await world.postgres.query(
      `SELECT sum((ai_scan_metadata ->> 'processing_cost')::numeric) AS usd FROM vehicle_images`,
    );
    expect(nanodollars(Number(rows[0].usd))).toBe(run.spent);
  });

  test('touches no other column, no other key and no other row', async () => {
    const after = await world.dump();
    const without = (row: Record<string, unknown>) => {
      const metadata = Object.entries((row.ai_scan_metadata ?? {}) as object);
      return {
        ...row,
        ai_scan_metadata: Object.fromEntries(metadata.filter(([key]) => !KEYS.includes(key))),
      };
    };
    expect(after.vehicle_images?.map(without)).toEqual(before.vehicle_images?.map(without));
    const others = ({ vehicle_images: _, ...rest }: Dump) => rest;
    expect(others(after)).toEqual(others(before));
  });

  test('the report tells the routes, and what one large call for each image would have cost', async () => {
    const report = await buildReport(world.client, run);
    const [routes, compared] = report.tables;
    const rows = routes!.rows.map(([route, images]) => [route, images]);
    const named = Object.entries(ROUTE_NAMES).map(([name, route]) => [route, totals.routes[name as Route]]);
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(named));
    expect(compared?.rows[0]).toEqual(['monolithic', '2,734 images × $0.02 = $54.68']);
    expect(reportTable(report)).toMatch(
      /2,734 images × \$0\.02 = \$54\.68[\s\S]*savings +\$42\.48 \(78% cheaper\)/,
    );
  });

  test('verify finds nothing that contradicts itself', async () => {
    const settings = { ...DEFAULT_SETTINGS, options: FLAT };
    const tables = await world.client.surroundings
      .backfillOf({ backfill: world.backfill, settings })
      .verify();
    expect(tables.filter(({ passed }) => passed !== undefined).map(({ passed }) => passed)).toEqual([true]);
  });

  test.for(Object.keys(EXAMPLES) as (keyof typeof EXAMPLES)[])(
    'what is stored as %s has every key of the example',
    (key) => {
      const values = [...stored.values()].flatMap((one) => one[key] ?? []);
      expect([...new Set(values.flatMap((value) => pathsOf(value)))]).toEqual(
        expect.arrayContaining(EXAMPLES[key]),
      );
    },
  );

  describe('the query of the notes', () => {
    const total = `${SIZE.images}`;
    const processed = `${totals.images - totals.failing}`;
    const ask = async (heading: keyof typeof QUERIES) => (await world.postgres.query(QUERIES[heading])).rows;

    test('Check database', async () => {
      const [{ avg_context_score, total_cost, ...counts }] = await ask('Check database');
      expect(counts).toEqual({ total, processed });
      const mean = sum(asked.map(truth.expectedScore)) / asked.length;
      expect(Number(avg_context_score)).toBeCloseTo(mean, 9);
      expect(Number(total_cost)).toBeCloseTo(totals.usd, 9);
    });

    test('How many left?', async () => {
      // Those that were analysed fully before, and those that cannot be.
      expect(await ask('How many left?')).toEqual([{ count: `${SIZE.images - asked.length}` }]);
    });

    test('Check database progress', async () => {
      expect(await ask('Check database progress')).toEqual([{ processed }]);
    });

    test('Verify all done', async () => {
      const left = truth.images.filter((image) => !isAsked(image) && image.analysis === 'never').length;
      const done = SIZE.images - left;
      const percent = ((100 * done) / SIZE.images).toFixed(1);
      expect(await ask('Verify all done')).toEqual([{ total, processed: `${done}`, percent }]);
    });
  });

  describe('once receipts were added', () => {
    const receiptsAdded = new Map(
      [...planTrails(plan)]
        .filter(([, trail]) => trail !== 'scarce')
        .map(([vehicle]) => [vehicle, 5] as const),
    );
    const now = contextTruth(plan, { receiptsAdded, analysedBefore: 'none' });
    const CHEAPEST: Route[] = ['confirm', 'guided', 'infer', 'gap'];
    const place = (of: ContextTruth, image: PlannedImage) => CHEAPEST.indexOf(of.expectedRoute(image));
    const improved = asked.filter((image) => place(now, image) < place(truth, image));

    test('before that, a second run finds nothing, though every image was analysed by now', async () => {
      expect(await world.startIfAny({ selection: { only: 'improved' }, options: FLAT })).toBeNull();
    });

    test(
      'a second run takes just the images whose route became cheaper, for less',
      async () => {
        await addReceipts(world.postgres, receiptsAdded);
        const foreseen = await estimate(world.client, request(world, FLAT, 'improved'), { look: 200 });
        const started = await world.start({ selection: { only: 'improved' }, options: FLAT });
        const second = await world.until(started, 'done', LONG);
        expect(improved.length).toBeGreaterThan(100);
        expect(second.counts).toMatchObject({
          total: improved.length,
          written: improved.filter((image) => isSufficient(now, image) && !image.copyOf).length,
          failed: 0,
          conflicts: 0,
        });
        const again = await metadataOf(world);
        for (const image of asked) {
          const was = stored.get(image.id)!;
          const is = again.get(image.id)!;
          if (!improved.includes(image)) expect(is, image.id).toEqual(was);
          else
            expect([is.context_score, is.context.route, is.tier_1], image.id).toEqual([
              now.expectedScore(image),
              ROUTE_NAMES[now.expectedRoute(image)],
              was.tier_1,
            ]);
        }
        const price = { confirm: 1, guided: 5, infer: 50, gap: 200 };
        const cost = (of: ContextTruth) => {
          const bought = improved.filter((image) => isSufficient(of, image));
          const once = new Map(bought.map((image) => [image.number, price[of.expectedRoute(image)]]));
          return nanodollars(sum(once.values()) / 10_000);
        };
        expect(second.spent).toBe(cost(now));
        expect(second.spent).toBeLessThan(cost(truth));
        expect(foreseen.cost.expected / second.spent).toBeCloseTo(1, 1);
        expect(foreseen.assuming).toBeUndefined();
      },
      LONG,
    );

    test('a third one finds nothing, and the first one is still told as it was', async () => {
      expect(await world.startIfAny({ selection: { only: 'improved' }, options: FLAT })).toBeNull();
      const { tables } = await buildReport(world.client, run);
      expect(tables[0]?.rows.find(([route]) => route === 'infer')?.[1]).toBe(totals.routes.infer);
    });
  });
});

describe('a small sample', () => {
  const SIZE = { images: 96, vehicles: 8, seed: 7 };
  const plan = planSample(SIZE);
  const truth = contextTruth(plan);
  const asked = truth.images.filter(isAsked);
  let world: VehicleWorld;
  let vehicleImages: Runs;
  let before: Dump;

  beforeAll(async () => {
    world = await openVehicleWorld({ ...SIZE, backfill: 'context-tiers' });
    await world.hire();
    vehicleImages = await openRuns({ backfill: 'vehicle-images', env: world.env });
    const { surroundings } = world.client;
    const settings = { ...DEFAULT_SETTINGS, options: {} };
    // Columns that a start adds stay, empty.
    for (const backfill of ['context-tiers', 'vehicle-images'])
      await surroundings.backfillOf({ backfill, settings }).prepare();
    before = await world.dump();
  }, LONG);
  afterAll(async () => {
    await vehicleImages.close();
    await world.close();
  }, LONG);

  describe('asked for gaps once per vehicle, at prices by token', () => {
    let run: Run;
    beforeAll(async () => {
      run = await world.run({ options: { gapPer: 'vehicle' } });
    }, LONG);
    afterAll(() => world.rollBack(run), LONG);

    const little = asked.filter((image) => truth.expectedRoute(image) === 'gap');
    const vehicles = [...new Set(little.map(({ vehicleId }) => vehicleId))].sort();

    test('spends to the nanodollar what the provider bills', async () => {
      const { byOperation } = await world.simulator.bill();
      const billed = Object.values(byOperation).map(({ costUsd }) => nanodollars(costUsd));
      expect(run.spent).toBe(sum(billed));
      expect(run.spent).toBeGreaterThan(0);
    });

    test('asks one question for each vehicle with little context, of which there are some', async () => {
      expect(vehicles.length).toBeGreaterThan(0);
      expect(little.length).toBeGreaterThan(vehicles.length);
      const { byOperation } = await world.simulator.bill();
      expect(byOperation.find_gaps?.billedCalls).toBe(vehicles.length);
      const { rows } = await world.postgres.query(
        `SELECT vehicle_id::text AS vehicle FROM vehicle_images WHERE jsonb_typeof(ai_scan_metadata -> 'gap_finder') = 'object'
          ORDER BY 1`,
      );
      expect(rows.map(({ vehicle }) => vehicle)).toEqual(vehicles);
    });

    test('the view tells of each of them what is missing, in words', async () => {
      const { rows } = await world.postgres.query(
        `SELECT vehicle_id::text AS vehicle, count(*)::int AS items, bool_and(words <> '') AS worded, max(images) AS images
           FROM vehicle_context_gaps GROUP BY 1 ORDER BY 1`,
      );
      expect(rows.map(({ vehicle }) => vehicle)).toEqual(vehicles);
      for (const row of rows) expect(row).toMatchObject({ worded: true, images: 1 });
    });
  });

  test('asked for gaps per image, the view has each thing once per vehicle, from however many images', async () => {
    const run = await world.run();
    const { rows } = await world.postgres.query(
      `SELECT vehicle_id, lower(item) AS item, count(*)::int AS n, max(images) AS images FROM vehicle_context_gaps GROUP BY 1, 2`,
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.map(({ n }) => n))).toEqual(new Set([1]));
    expect(Math.max(...rows.map(({ images }) => images))).toBeGreaterThan(1);
    await world.rollBack(run);
    expect((await world.postgres.query('SELECT FROM vehicle_context_gaps')).rowCount).toBe(0);
    expect(await world.dump()).toEqual(before);
  });

  test.for(['context-tiers', 'vehicle-images'] as const)(
    'beside vehicle-images, over the same rows: both find their own, and %s is rolled back first',
    { timeout: LONG },
    async (first) => {
      await world.simulator.set({ latencyMs: 40 });
      const runs = await Promise.all([world.start(), vehicleImages.start()]);
      const [tiers, images] = await Promise.all([
        world.until(runs[0], 'done'),
        vehicleImages.until(runs[1], 'done'),
      ]);
      await world.simulator.set({ latencyMs: 0 });
      const overlap =
        Math.min(Date.parse(tiers.finishedAt!), Date.parse(images.finishedAt!)) -
        Math.max(Date.parse(tiers.createdAt), Date.parse(images.createdAt));
      expect(overlap).toBeGreaterThan(0);
      for (const { counts } of [tiers, images]) expect(counts).toMatchObject({ conflicts: 0, unknown: 0 });
      expect(tiers.counts.written + tiers.counts.cached).toBe(asked.length);
      const never = asked.filter(({ analysis }) => analysis === 'never');
      expect(images.counts.written + images.counts.cached).toBe(never.length);

      const { vehicle_images: rows = [] } = await world.dump();
      const earlier = new Map(before.vehicle_images?.map((row) => [row.id, row]));
      const scanned = rows.filter((row) => row.ai_last_scanned !== earlier.get(row.id)?.ai_last_scanned);
      expect(scanned.map(({ id }) => id).sort()).toEqual(never.map(({ id }) => id).sort());
      for (const { id } of asked)
        expect(Object.keys(rows.find((row) => row.id === id)?.ai_scan_metadata as object)).toEqual(
          expect.arrayContaining(KEYS),
        );

      const undo = [() => world.rollBack(tiers), () => vehicleImages.rollBack(images)];
      for (const one of first === 'context-tiers' ? undo : undo.reverse()) {
        const { counts } = await one();
        expect(counts).toMatchObject({ conflicts: 0 });
      }
      expect(await world.dump()).toEqual(before);
    },
  );

  describe('with other records', () => {
    const DAYS = 900;
    const since = new Date(Date.now() - (DAYS - 1) * 86_400_000).toISOString().slice(0, 10);
    const scores = (of: ContextTruth) => new Map(asked.map((image) => [image.id, of.expectedScore(image)]));
    const storedScores = async () =>
      new Map([...(await metadataOf(world))].map(([id, { context_score }]) => [id, context_score]));

    test('--receipt-days counts receipts of the last days only', async () => {
      const recent = contextTruth(plan, { receiptsSince: since });
      expect(scores(recent)).not.toEqual(scores(truth));
      const run = await world.run({ options: { receiptDays: DAYS } });
      expect(await storedScores()).toEqual(scores(recent));
      await world.rollBack(run);
    });

    test('a table that is not there counts nothing, and is told before the run and by verify', async () => {
      const none = contextTruth(plan, { receiptsSince: '9999' });
      expect(scores(none)).not.toEqual(scores(truth));
      const options = { receiptsTable: 'garage.receipts' };
      const told = [['table garage.receipts not found']];
      const [routes, missing] = await planOf(world, options);
      expect(missing?.rows).toEqual(told);
      expect(sum(Object.values(imagesByRoute(routes!)) as number[])).toBe(truth.images.length);
      const run = await world.run({ options });
      expect(await storedScores()).toEqual(scores(none));
      for (const { context } of (await metadataOf(world)).values()) expect(context.points.receipts).toBe(0);
      const settings = { ...DEFAULT_SETTINGS, options };
      const tables = await world.client.surroundings
        .backfillOf({ backfill: world.backfill, settings })
        .verify();
      expect(tables.find(({ title }) => title.startsWith('Sources'))?.rows).toEqual(told);
      await world.rollBack(run);
      expect(await world.dump()).toEqual(before);
    });
  });
});
