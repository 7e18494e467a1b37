import type { Gaps, Tier1, Tier2 } from '../../../src/backfills/context-tiers/answers.ts';
import type { ContextRow } from '../../../src/backfills/context-tiers/row.ts';
import type { ContextCounts } from '../../../src/domain/context-score.ts';

export const TIER_1: Tier1 = {
  angle: 'front_3quarter',
  category: 'exterior_body',
  components_visible: ['hood', 'door_driver'],
  condition_glance: 'average_wear',
  image_quality: {
    lighting: 'good',
    focus: 'sharp',
    sufficient_for_detail: true,
    suitable_for_expert: false,
    overall_score: 9,
  },
};

export const BLURRED: Tier1 = {
  ...TIER_1,
  image_quality: { ...TIER_1.image_quality, focus: 'blurred', sufficient_for_detail: false },
};

export const TIER_2: Tier2 = {
  specific_parts: [{ name: 'hood', condition: 'good', original: true, rust: 'none', confidence: 90 }],
  damage_assessment: {
    items: [{ type: 'rust', location: 'fender_front', severity: 'minor', confidence: 70 }],
  },
  modifications: [],
};

export const GAPS: Gaps = {
  current_context_score: 50,
  missing_items: [
    { item: 'Paint code', value: 'Paint can be matched', how_to_get: 'Photograph the door jamb sticker' },
    { item: 'Receipts', value: 'Parts can be confirmed', how_to_get: 'Upload receipt for the headers' },
  ],
  estimated_improvement: { current_completeness: '35%', with_additions: '85%', cost_reduction: 'To $0.0001' },
};

export function counts(known: Partial<ContextCounts> = {}): ContextCounts {
  return { spid: 0, manuals: 0, receipts: 0, events: 0, userTags: 0, ...known };
}

export function rowWith(known: Partial<ContextCounts>, more: Partial<ContextRow> = {}): ContextRow {
  return {
    reference: 'file:a.jpg',
    hasKeys: true,
    seen: {},
    analysedBefore: false,
    asksForGaps: false,
    context: { counts: counts(known), text: 'Vehicle: 1977 Chevrolet K5 Blazer' },
    ...more,
  };
}
