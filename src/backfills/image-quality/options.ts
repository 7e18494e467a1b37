import { z } from 'zod';
import { DETECTORS } from './detectors/detector.ts';
import { COCO_BIRD, LEAST_CONFIDENCE } from './detectors/onnx.ts';

/** Each field becomes a flag. */
export const options = z.object({
  detector: z
    .enum(DETECTORS)
    .default('rekognition')
    .describe(
      'what tells where birds are: labels of Rekognition, an OpenAI model, a local model, or nothing',
    ),
  model: z.string().min(1).default('gpt-4o-mini').describe('OpenAI model, for --detector openai'),
  detectorModel: z
    .string()
    .min(1, 'expected a file')
    .optional()
    .describe('YOLO model in ONNX format, for --detector onnx; each worker must see it')
    .meta({ placeholder: 'file' }),
  birdClass: z
    .int('expected a whole number')
    .min(0, 'expected a whole number, 0 or more')
    .default(COCO_BIRD)
    .describe('number of the class of birds in the local model, counted from 0'),
  threshold: z
    .number('expected a number')
    .min(0, 'expected 0 to 1')
    .max(1, 'expected 0 to 1')
    .default(LEAST_CONFIDENCE)
    .describe('least confidence of the local model, 0 to 1'),
  allowPartial: z
    .boolean()
    .default(false)
    .describe('without a detector, score by the two criteria that need none'),
});
export type Options = z.infer<typeof options>;
