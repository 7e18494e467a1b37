import { z } from 'zod';

const share = z.number().min(0).max(1);

/** What an OpenAI model answers when it is asked where birds are. */
export const birdsSchema = z.strictObject({
  birds: z.array(
    z.strictObject({
      /** Fractions of the image's width and height. */
      box: z.strictObject({ left: share, top: share, width: share, height: share }),
      /** 0 to 100. */
      confidence: z.number().min(0).max(100),
      /** How much of the bird is in view, neither hidden nor cut off: 0 to 100. */
      visible_percent: z.number().min(0).max(100),
    }),
  ),
});
export type Birds = z.infer<typeof birdsSchema>;
