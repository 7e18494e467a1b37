import { z } from 'zod';

/** What the appraiser and the document question answer. Confidences and scores run from 0 to 100. */

const percent = z.number().min(0).max(100);

export const CONDITIONS = ['excellent', 'good', 'fair', 'poor', 'failed'] as const;

export const appraisalSchema = z.strictObject({
  summary: z.string(),
  paint: z
    .strictObject({
      color: z.string(),
      finish: z.enum(['gloss', 'metallic', 'pearl', 'satin', 'matte', 'primer', 'patina', 'unknown']),
      quality_score: percent,
      defects: z.array(z.string()),
      confidence: percent,
    })
    .nullable(),
  build_quality: z.strictObject({
    level: z.enum(['factory', 'professional', 'diy', 'unknown']),
    evidence: z.array(z.string()),
    confidence: percent,
  }),
  condition: z.strictObject({
    grade: z.enum(CONDITIONS),
    score: percent,
    confidence: percent,
  }),
  components: z.array(
    z.strictObject({
      name: z.string().min(1),
      condition: z.enum(CONDITIONS),
      condition_score: percent,
      notes: z.string(),
      confidence: percent,
    }),
  ),
  modifications: z.array(
    z.strictObject({
      name: z.string().min(1),
      category: z.enum(['performance', 'cosmetic', 'suspension', 'interior', 'safety', 'other']),
      professional: z.boolean().nullable(),
      confidence: percent,
    }),
  ),
});
export type Appraisal = z.infer<typeof appraisalSchema>;

export const DOCUMENT_CATEGORIES = [
  'spid_sheet',
  'title',
  'registration',
  'license',
  'receipt',
  'manual',
  'window_sticker',
  'other',
  'not_a_document',
] as const;

export const documentSchema = z.strictObject({
  category: z.enum(DOCUMENT_CATEGORIES),
  confidence: percent,
  /** Only for an SPID sheet. */
  spid: z
    .strictObject({
      vin: z.string().nullable(),
      rpo_codes: z.array(z.string()),
      paint_codes: z.array(z.string()),
      /** As printed. */
      build_date: z.string().nullable(),
    })
    .nullable(),
});
export type DocumentAnswer = z.infer<typeof documentSchema>;
