import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { contextPoints, contextScore } from '../../../src/domain/context-score.ts';
import { holdingsOf } from '../../../src/stack/context/holdings.ts';
import { planPapers } from '../../../src/stack/context/plan.ts';
import { planTrails, type Trail } from '../../../src/stack/context/trails.ts';
import { planSample } from '../../../src/stack/sample/plan.ts';
import { vehicleOf } from '../../../src/stack/sample/vehicle.ts';
import { contextTruth } from '../../support/context-truth.ts';

const FULL = { images: 2_934, vehicles: 122 };
const PLAN = planSample(FULL);
const PAPERS = planPapers(PLAN);
const TRAILS = planTrails(PLAN);

describe('The papers of the full sample', () => {
  const { totals } = contextTruth(PLAN);

  test("have the seed's mix: 2,734 images, some 1,500 worth a second look, some 200 with hardly any context", () => {
    expect(totals).toMatchInlineSnapshot(`
      {
        "asked": {
          "confirm_parts": 16,
          "find_gaps": 219,
          "guided_parts": 24,
          "infer_parts": 1529,
          "organise_image": 2726,
        },
        "bought": {
          "confirm_parts": 16,
          "find_gaps": 217,
          "guided_parts": 24,
          "infer_parts": 1516,
          "organise_image": 2705,
        },
        "failing": 8,
        "images": 2734,
        "routes": {
          "confirm": 23,
          "gap": 219,
          "guided": 65,
          "infer": 2419,
        },
        "usd": 12.2041,
      }
    `);
  });

  test("come within 3 % of the mix that they are to have, and within the seed's $12 to $18", () => {
    const within = (count: number, wanted: number) => expect(Math.abs(count / wanted - 1)).toBeLessThan(0.03);
    within(totals.routes.gap, 220);
    within(totals.asked.infer_parts, 1_520);
    within(totals.asked.guided_parts, 24);
    within(totals.asked.confirm_parts, 16);
    within(totals.usd, 12.29);
    expect(totals.usd).toBeGreaterThan(12);
    expect(totals.usd).toBeLessThan(18);
    expect(totals.images * 0.02).toBeCloseTo(54.68, 9);
  });

  test.each([{ vehicles: 300 }, { seed: 4 }])('hold the mix also with %o', (other) => {
    const { routes, asked } = contextTruth(planSample({ ...FULL, ...other })).totals;
    expect(routes.gap / 220).toBeCloseTo(1, 1);
    expect(asked.infer_parts / 1_520).toBeCloseTo(1, 1);
    expect([asked.guided_parts, asked.confirm_parts]).toEqual([24, 16]);
  });

  test('hold vehicles with more than 50 events and nothing else, which are worth 20 points', () => {
    const logged = PAPERS.filter((_, index) => [...TRAILS.values()][index] === 'logged');
    expect(logged.length).toBeGreaterThan(10);
    for (const { timeline_events, ...others } of logged) {
      expect(timeline_events.length).toBeGreaterThan(50);
      expect(Object.values(others).flat()).toEqual([]);
    }
  });

  test('cost more where receipts of years ago do not count', () => {
    const narrowed = contextTruth(PLAN, { receiptsSince: '2020-01-01' }).totals;
    expect(narrowed.routes.gap).toBeGreaterThan(totals.routes.gap);
    expect(narrowed.usd).toBeGreaterThan(totals.usd);
  });

  test('cost a quarter once every vehicle has five receipts more: 16 points become 31, and 40 become 65', () => {
    const first = (trail: Trail) => [...TRAILS].find(([, one]) => one === trail)?.[0];
    const receiptsAdded = new Map([...TRAILS.keys()].map((vehicle) => [vehicle, 5]));
    const before = contextTruth(PLAN, { analysedBefore: 'none' });
    const after = contextTruth(PLAN, { analysedBefore: 'none', receiptsAdded });
    const scores = (trail: Trail) => {
      const image = before.images.find(({ number }) => vehicleOf(number) === first(trail))!;
      return [before, after].map((truth) => [truth.expectedScore(image), truth.expectedRoute(image)]);
    };
    expect(scores('usual')).toEqual([
      [16, 'infer'],
      [31, 'guided'],
    ]);
    expect(scores('good')).toEqual([
      [40, 'guided'],
      [65, 'confirm'],
    ]);
    expect(after.totals.routes.gap).toBe(0);
    const again = contextTruth(PLAN, { analysedBefore: 'all', receiptsAdded });
    expect(again.totals.usd).toBeLessThan(after.totals.usd);
    expect(after.totals.usd).toBeLessThan(before.totals.usd / 4);
  });

  test('are the same on every machine', () => {
    const papers = createHash('sha256').update(JSON.stringify(PAPERS)).digest('hex');
    expect(papers.slice(0, 16)).toMatchInlineSnapshot(`"36467693628075dc"`);
  });
});

describe('The papers of any sample', () => {
  test.each([
    [8, 8],
    [60, 8],
    [96, 8],
    [150, 13],
    [240, 10],
    [180, 9],
  ])('of %i images of %i vehicles lead to every route', (images, vehicles) => {
    const { routes } = contextTruth(planSample({ images, vehicles })).totals;
    expect(Math.min(...Object.values(routes))).toBeGreaterThan(0);
  });

  test('of fewer than eight vehicles hold nothing that belongs into the tables of vehicle-images', () => {
    for (const [images, vehicles] of [
      [12, 1],
      [60, 5],
      [140, 7],
    ] as const) {
      for (const { vehicle_spid_data, image_tags } of planPapers(planSample({ images, vehicles })))
        expect([...vehicle_spid_data, ...image_tags]).toEqual([]);
    }
  });

  test('have ids of their own', () => {
    const papers = PAPERS.flatMap((one) => Object.values(one).flat());
    expect(new Set(papers.map(({ id }) => id)).size).toBe(papers.length);
  });

  test('have hostile texts for one vehicle: quotes, line breaks, orders to the model, 10 kB, emoji, right to left', () => {
    const hostile = planPapers(planSample({ images: 60, vehicles: 5 })).filter(({ receipts }) =>
      receipts.some(({ vendor }) => /DROP TABLE/.test(String(vendor))),
    );
    expect(hostile).toHaveLength(1);
    const { receipts, timeline_events } = hostile[0]!;
    const texts = [...receipts, ...timeline_events].flatMap((row) => Object.values(row).map(String));
    for (const pattern of [/'/, /"/, /\n/, /ignore all instructions/i, /🚗/u, /\u202e/u])
      expect(
        texts.some((text) => pattern.test(text)),
        String(pattern),
      ).toBe(true);
    expect(Math.max(...texts.map((text) => text.length))).toBeGreaterThan(10_000);
  });
});

test.each<[Trail, number[]]>([
  ['scarce', [8, 0, 9, 0, 5, 3]],
  ['usual', [16, 10, 15, 15, 14, 18, 15, 19, 12]],
  ['logged', [20]],
  ['good', [40, 30, 40, 39, 35]],
  ['complete', [64, 60, 90, 65]],
])('a %s trail is worth %s points', (trail, scores) => {
  const counted = scores.map((_, rank) => {
    const { sheets, manuals, receipts, events, tags } = holdingsOf(1, trail, rank);
    const counts = { spid: sheets, manuals, receipts, events, userTags: tags };
    return contextScore(contextPoints(counts, false));
  });
  expect(counted).toEqual(scores);
});
