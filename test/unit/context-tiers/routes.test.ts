import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectedOf, expects } from '../../../src/backfills/context-tiers/expects.ts';
import { comparedWithMonolithic } from '../../../src/backfills/context-tiers/monolithic.ts';
import { options } from '../../../src/backfills/context-tiers/options.ts';
import { prices, questions } from '../../../src/backfills/context-tiers/questions.ts';
import type { RouteCount } from '../../../src/backfills/context-tiers/route-counts.ts';
import { ROUTES, routeOf, TIER_1 } from '../../../src/backfills/context-tiers/routes.ts';
import { type ContextCounts, contextPoints, contextScore } from '../../../src/domain/context-score.ts';
import { nanodollars, toUsd } from '../../../src/domain/money.ts';
import { expectedCost } from '../../../src/vision/expected-cost.ts';

describe('the context score', () => {
  test('is 20 for fifty timeline events and nothing else', () => {
    expect(scoreOf({ events: 50 })).toBe(20);
  });

  test.each<[Partial<ContextCounts>, number]>([
    [{}, 0],
    [{ spid: 1 }, 20],
    [{ spid: 7 }, 20],
    [{ manuals: 1 }, 15],
    [{ manuals: 3 }, 15],
    [{ receipts: 1 }, 5],
    [{ receipts: 5 }, 25],
    [{ receipts: 400 }, 25],
    [{ events: 1 }, 3],
    [{ events: 5 }, 15],
    [{ events: 10 }, 15],
    [{ events: 11 }, 20],
    [{ userTags: 1 }, 2],
    [{ userTags: 5 }, 10],
    [{ userTags: 90 }, 10],
    [{ spid: 1, manuals: 1, receipts: 9, events: 50, userTags: 9 }, 90],
  ])('of %j is %i, and ten more where an earlier run has looked', (counts, score) => {
    expect(scoreOf(counts)).toBe(score);
    expect(scoreOf(counts, true)).toBe(score + 10);
  });

  test('never falls when something is added', () => {
    const counts = fc.record({
      spid: few(),
      manuals: few(),
      receipts: few(),
      events: few(),
      userTags: few(),
    });
    fc.assert(
      fc.property(counts, fc.constantFrom(...KINDS), (before, kind) => {
        expect(scoreOf({ ...before, [kind]: before[kind] + 1 })).toBeGreaterThanOrEqual(scoreOf(before));
      }),
    );
  });
});

describe('the route', () => {
  test.each([
    [0, 'gap_finder'],
    [9, 'gap_finder'],
    [10, 'infer'],
    [29, 'infer'],
    [30, 'guided'],
    [59, 'guided'],
    [60, 'confirm'],
    [100, 'confirm'],
  ])('of a score of %i is %s: a boundary belongs to the richer route', (score, route) => {
    expect(routeOf(score)).toBe(route);
  });

  test('says in one table which model is asked, and at which flat price', () => {
    expect([TIER_1.operation, TIER_1.model, TIER_1.perCall]).toEqual([
      'organise_image',
      'gpt-4o-mini',
      0.0001,
    ]);
    expect(ROUTES.map(({ name, operation, model, perCall }) => [name, operation, model, perCall])).toEqual([
      ['confirm', 'confirm_parts', 'gpt-4o-mini', 0.0001],
      ['guided', 'guided_parts', 'gpt-4o-mini', 0.0005],
      ['infer', 'infer_parts', 'gpt-4o-mini', 0.005],
      ['gap_finder', 'find_gaps', 'gpt-4o', 0.02],
    ]);
  });

  test('has a question of its own, by the models that the options name', () => {
    const { organise, parts, gaps } = questions({ model: 'small', gapModel: 'large' });
    const all = [organise, parts.confirm, parts.guided, parts.infer, gaps];
    expect(all.map(({ model }) => model)).toEqual(['small', 'small', 'small', 'small', 'large']);
    expect(new Set(all.map(({ instructions }) => instructions)).size).toBe(5);
    expect(all.every(({ context }) => context === undefined)).toBe(true);
  });
});

describe('prices', () => {
  test('are those of tokens, unless flat ones are asked for', () => {
    expect(prices(options.parse({}))).toEqual({});
    expect(prices(options.parse({ prices: 'flat', gapModel: 'gpt-5' }))).toEqual({
      'openai/gpt-4o-mini/organise_image': { perCall: 0.0001 },
      'openai/gpt-4o-mini/confirm_parts': { perCall: 0.0001 },
      'openai/gpt-4o-mini/guided_parts': { perCall: 0.0005 },
      'openai/gpt-4o-mini/infer_parts': { perCall: 0.005 },
      'openai/gpt-5/find_gaps': { perCall: 0.02 },
    });
  });

  test('make an estimate of organising 2,734 images $0.27, exactly, and one of tokens a guess', () => {
    const flat = options.parse({ prices: 'flat' });
    const [organise] = expects(flat);
    const { expected, low, high } = expectedCost([organise!], 2_734, prices(flat));
    expect([low, high]).toEqual([expected, expected]);
    expect(toUsd(expected)).toBeCloseTo(0.2734, 9);
    const byToken = expectedCost([organise!], 2_734);
    expect(byToken.low).toBeLessThan(byToken.high);
  });

  test('of routes that were counted are exact where tier 1 has said which images suffice, and an interval elsewhere', () => {
    const flat = options.parse({ prices: 'flat' });
    const counted = { route: 'infer' as const, images: 100, sufficient: 63, unseen: 0, turns: 0 };
    const cost = (count: RouteCount) => expectedCost(expectedOf(flat, [count]).calls, 100, prices(flat));
    const known = cost(counted);
    expect(known.expected).toBe(nanodollars(100 * 0.0001 + 63 * 0.005));
    expect([known.low, known.high]).toEqual([known.expected, known.expected]);
    expect(expectedOf(flat, [counted]).assuming).toBeUndefined();
    const half = { ...counted, sufficient: 30, unseen: 50 };
    expect(cost(half)).toEqual({
      expected: nanodollars(0.01 + 60 * 0.005),
      low: nanodollars(0.01 + 50 * 0.005),
      high: nanodollars(0.01 + 70 * 0.005),
    });
    expect(expectedOf(flat, [half]).assuming).toMatch(/60 % are taken to suffice for tier 2/);
  });

  test('of gaps are lower where they are asked for once per vehicle', () => {
    const cost = (gapPer: string) => {
      const given = options.parse({ prices: 'flat', gapPer });
      return expectedCost(expects(given), 2_734, prices(given)).expected;
    };
    expect(cost('vehicle')).toBeLessThan(cost('image'));
  });

  test('are compared with one large call for each image', () => {
    const rows = (images: number, usd: number, failed = 0) =>
      comparedWithMonolithic({ images, failed, spent: nanodollars(usd) }).rows;
    expect(rows(2_734, 13.67)).toEqual([
      ['monolithic', '2,734 images × $0.02 = $54.68'],
      ['context tiers', '$13.67, $0.0050 per image'],
      ['savings', '$41.01 (75% cheaper)'],
    ]);
    expect(rows(2_734, 13.67, 8)[1]).toEqual([
      'context tiers',
      '$13.67, $0.0050 per image; 8 of them failed',
    ]);
    expect(rows(0, 0).at(-1)).toEqual(['savings', '$0.00 (0% cheaper)']);
    expect(rows(100, 3).at(-1)).toEqual(['more', '$1.00 (50% dearer)']);
  });
});

describe('options', () => {
  test('are the same when parsed again, and name the usual tables', () => {
    const once = options.parse({});
    expect(options.parse(once)).toEqual(once);
    expect(once).toMatchObject({
      receiptsTable: 'receipts',
      eventsTable: 'timeline_events',
      spidTable: 'vehicle_spid_data',
      manualsTable: 'reference_documents',
    });
  });

  test.each([{ receiptsTable: '' }, { receiptsTable: 'a.b.c' }, { receiptDays: 0 }, { gapPer: 'run' }])(
    'refuse %j',
    (given) => {
      expect(options.safeParse(given).success).toBe(false);
    },
  );
});

const KINDS = ['spid', 'manuals', 'receipts', 'events', 'userTags'] as const;

function few() {
  return fc.integer({ min: 0, max: 60 });
}

function scoreOf(counts: Partial<ContextCounts>, analysedBefore = false): number {
  const nothing = { spid: 0, manuals: 0, receipts: 0, events: 0, userTags: 0 };
  return contextScore(contextPoints({ ...nothing, ...counts }, analysedBefore));
}
