import { z } from 'zod';

export const STEPS = ['angle', 'documents', 'appraise'] as const;
export type Step = (typeof STEPS)[number];

/** Each field becomes a flag. Parsing what was parsed changes nothing. */
export const options = z.object({
  steps: z
    .preprocess(
      (given) => (typeof given === 'string' ? given.split(',').map((step) => step.trim()) : given),
      z.array(z.enum(STEPS)).min(1),
    )
    .default([...STEPS])
    .describe(`what to do, comma-separated: ${STEPS.join(', ')} (default: all; labels are always asked for)`),
  sensitiveLocal: z
    .boolean()
    .default(false)
    .describe(
      'keep what may be a title, registration or licence away from OpenAI; it is marked, and not read',
    ),
  model: z.string().min(1).default('gpt-4o').describe('OpenAI model that reads documents and appraises'),
});
export type Options = z.infer<typeof options>;
