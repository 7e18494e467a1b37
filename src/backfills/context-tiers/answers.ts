import { z } from 'zod';

/** What the questions of the tiers answer. Confidences run from 0 to 100, the overall score from 0 to 10. */

const percent = z.number().min(0).max(100);

export const tier1Schema = z.strictObject({
  /** As `front_3quarter`. */
  angle: z.string().min(1),
  /** As `exterior_body`. */
  category: z.string().min(1),
  /** As `fender_front`. */
  components_visible: z.array(z.string().min(1)),
  /** As `average_wear`. */
  condition_glance: z.string().min(1),
  image_quality: z.strictObject({
    lighting: z.enum(['good', 'fair', 'poor']),
    focus: z.enum(['sharp', 'soft', 'blurred']),
    /** Single parts can be told: tier 2 is worth its price. */
    sufficient_for_detail: z.boolean(),
    suitable_for_expert: z.boolean(),
    overall_score: z.number().min(0).max(10),
  }),
});
export type Tier1 = z.infer<typeof tier1Schema>;

export const tier2Schema = z.strictObject({
  specific_parts: z.array(
    z.strictObject({
      name: z.string().min(1),
      condition: z.enum(['excellent', 'good', 'average', 'poor', 'damaged', 'unknown']),
      /** Null: cannot be told. */
      original: z.boolean().nullable(),
      rust: z.enum(['none', 'minor', 'moderate', 'severe', 'unknown']),
      confidence: percent,
    }),
  ),
  damage_assessment: z.strictObject({
    items: z.array(
      z.strictObject({
        /** As `rust`. */
        type: z.string().min(1),
        /** As `fender_front`. */
        location: z.string().min(1),
        severity: z.enum(['minor', 'moderate', 'severe']),
        confidence: percent,
      }),
    ),
  }),
  modifications: z.array(
    z.strictObject({ name: z.string().min(1), description: z.string(), confidence: percent }),
  ),
});
export type Tier2 = z.infer<typeof tier2Schema>;

export const gapSchema = z.strictObject({
  current_context_score: percent,
  missing_items: z.array(
    z.strictObject({
      /** As `Paint code`. */
      item: z.string().min(1),
      /** What it would be good for. */
      value: z.string(),
      /** What the owner has to do: `Upload any receipts for aftermarket parts`. */
      how_to_get: z.string(),
    }),
  ),
  estimated_improvement: z.strictObject({
    /** As `35%`. */
    current_completeness: z.string(),
    with_additions: z.string(),
    cost_reduction: z.string(),
  }),
});
export type Gaps = z.infer<typeof gapSchema>;
