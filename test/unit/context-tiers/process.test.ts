import { describe, expect, test } from 'vitest';
import { changesOf } from '../../../src/backfills/context-tiers/changes.ts';
import { options } from '../../../src/backfills/context-tiers/options.ts';
import { lookAt } from '../../../src/backfills/context-tiers/process.ts';
import { questions } from '../../../src/backfills/context-tiers/questions.ts';
import { type ContextRow, WRITTEN_FIELDS } from '../../../src/backfills/context-tiers/row.ts';
import type { Ask, PaidCall } from '../../../src/domain/call.ts';
import type { SourceImage, Vision } from '../../../src/vision/vision.ts';
import { BLURRED, GAPS, rowWith, TIER_1, TIER_2 } from './canned.ts';

const NOW = '2026-01-02T03:04:05.678Z';
const RICH = { spid: 1, manuals: 1, receipts: 5 };
const GOOD = { spid: 1, manuals: 1 };
const FAIR = { events: 50 };
const POOR = { events: 3 };

describe('an image', () => {
  test.each([
    ['rich', RICH, 'confirm_parts', 'confirm', 60],
    ['good', GOOD, 'guided_parts', 'guided', 35],
    ['moderate', FAIR, 'infer_parts', 'infer', 20],
  ] as const)(
    'of %s context is organised, then looked at with that context',
    async (_, known, asks, route, score) => {
      const { asked, contexts, fields } = await work(rowWith(known));
      expect(asked).toEqual(['organise_image', asks]);
      expect(contexts).toEqual([undefined, 'Vehicle: 1977 Chevrolet K5 Blazer']);
      expect(fields).toMatchObject({
        'ai_scan_metadata.context_score': score,
        'ai_scan_metadata.context': { route, analysed_before: false, prices: 'tokens', judged_at: NOW },
        'ai_scan_metadata.tier_1': { tier: 1, ...TIER_1 },
        'ai_scan_metadata.tier_2': { tier: 2, ...TIER_2 },
        'ai_scan_metadata.gap_finder': null,
      });
    },
  );

  test('of little context is organised, then asked what is missing, with the score that we know', async () => {
    const { asked, contexts, fields } = await work(rowWith(POOR));
    expect(asked).toEqual(['organise_image', 'find_gaps']);
    expect(contexts[1]).toMatch(/^Context score: 9 of 100\nVehicle: 1977/);
    expect(fields).toMatchObject({
      'ai_scan_metadata.tier_2': null,
      'ai_scan_metadata.gap_finder': { ...GAPS, tier: 'gap_finder', current_context_score: 9 },
    });
  });

  test('too poor for single parts gets no tier 2, and pays for none', async () => {
    const { asked, fields } = await work(rowWith(RICH), { tier1: BLURRED });
    expect(asked).toEqual(['organise_image']);
    expect(fields).toMatchObject({
      'ai_scan_metadata.tier_2': null,
      'ai_scan_metadata.gap_finder': null,
      'ai_scan_metadata.processing_cost': 0.0001,
    });
  });

  test('that an earlier run has looked at has ten points more', async () => {
    const { fields } = await work(rowWith(POOR, { analysedBefore: true }));
    expect(fields).toMatchObject({
      'ai_scan_metadata.context_score': 19,
      'ai_scan_metadata.context': {
        route: 'infer',
        analysed_before: true,
        points: { events: 9, previousAnalysis: 10, wellDocumented: 0 },
      },
    });
  });

  test('asks for gaps only where it is its turn, once per vehicle', async () => {
    const perVehicle = { flags: { gapPer: 'vehicle' } };
    expect((await work(rowWith(POOR), perVehicle)).asked).toEqual(['organise_image']);
    expect((await work(rowWith(POOR, { asksForGaps: true }), perVehicle)).asked).toEqual([
      'organise_image',
      'find_gaps',
    ]);
  });

  test('costs what was paid for it: nothing for an answer that another image or run has bought', async () => {
    const cost = async (cached: string[]) => (await work(rowWith(RICH), { cached })).fields[COST];
    expect(await cost([])).toBe(0.0002);
    expect(await cost(['organise_image'])).toBe(0.0001);
    expect(await cost(['organise_image', 'confirm_parts'])).toBe(0);
  });

  test('is written in keys of its own, each with what was read there and which answer it came from', async () => {
    const seen = { 'ai_scan_metadata.tier_1': 'fingerprint', 'ai_scan_metadata.appraiser': 'of another' };
    const { changes } = await work(rowWith(RICH, { seen }));
    expect(
      changes.every(({ table, kind, id }) => table === 'vehicle_images' && kind === 'fields' && id === 'i'),
    ).toBe(true);
    expect(Object.assign({}, ...changes.map((change) => change.seen))).toEqual({
      ...Object.fromEntries(WRITTEN_FIELDS.map((field) => [field, null])),
      'ai_scan_metadata.tier_1': 'fingerprint',
    });
    const by = (field: string) => changes.find(({ fields }) => field in fields)?.by;
    expect(by('ai_scan_metadata.context_score')).toEqual({});
    expect(by('ai_scan_metadata.tier_1')).toMatchObject({
      callKey: 'key of organise_image',
      model: 'gpt-4o-mini',
    });
    expect(by('ai_scan_metadata.tier_2')).toMatchObject({ callKey: 'key of confirm_parts' });
  });

  test.each([
    [{ reference: null }, /neither image_url nor storage_path/],
    [{ hasKeys: false }, /no JSON object/],
  ])('whose row is broken (%j) fails before anything is paid', async (broken, message) => {
    await expect(work(rowWith(RICH, broken))).rejects.toMatchObject({
      code: 'row-invalid',
      message: expect.stringMatching(message),
    });
  });
});

const COST = 'ai_scan_metadata.processing_cost';

interface Given {
  tier1?: typeof TIER_1;
  /** Operations that somebody else has bought. */
  cached?: string[];
  flags?: object;
}

/** Each answer costs $0.0001. */
async function work(row: ContextRow, { tier1 = TIER_1, cached = [], flags = {} }: Given = {}) {
  const given = options.parse(flags);
  const asked: string[] = [];
  const contexts: (string | undefined)[] = [];
  const vision = {
    load: async (reference): Promise<SourceImage> => ({
      reference,
      hash: 'ab',
      size: 0,
      prepared: never,
      measured: never,
    }),
    question: (_image, { operation, model, promptVersion, context }) => {
      contexts.push(context);
      return { operation, model, promptVersion, parse: never } as Partial<PaidCall<never>> as PaidCall<never>;
    },
  } as Partial<Vision> as Vision;
  const ask: Ask = async ({ operation, model, promptVersion }) => {
    asked.push(operation);
    const value = operation === 'organise_image' ? tier1 : operation === 'find_gaps' ? GAPS : TIER_2;
    const callKey = `key of ${operation}`;
    return {
      value: value as never,
      callKey,
      model,
      promptVersion,
      cost: 100_000,
      cached: cached.includes(operation),
    };
  };
  const item = { id: 'i', unit: 'v', row };
  const findings = await lookAt(item, ask, { vision, questions: questions(given), gapPer: given.gapPer });
  const changes = changesOf(item, findings, given.prices, NOW);
  const fields: Record<string, unknown> = Object.assign({}, ...changes.map((change) => change.fields));
  return { asked, contexts, changes, fields };
}

function never(): never {
  throw new Error('the answer is known: nothing is prepared, sent or parsed');
}
