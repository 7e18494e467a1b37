import { questions } from '../src/backfills/vehicle-images/questions.ts';
import type { JsonObject } from '../src/domain/json.ts';
import { documentNomination } from '../src/domain/photo-document.ts';
import { photoKind } from '../src/domain/photo-kind.ts';
import { storageOf } from '../src/stack/sample/photo.ts';
import type { PlannedImage } from '../src/stack/sample/plan.ts';
import { truthOf } from '../src/stack/sample/truth.ts';
import { answerTo } from '../src/stack/simulator/answers.ts';
import { imageTokens, OPENAI_PRICES, REKOGNITION_IMAGE, type Size } from '../src/stack/simulator/prices.ts';
import { preparedSize } from '../src/vision/prepare.ts';
import { strictSchema } from '../src/vision/response-format.ts';
import type { Question } from '../src/vision/vision.ts';

const MODEL = 'gpt-4o';
const { document, appraisal } = questions(MODEL);

/**
 * What the simulator charges for everything that vehicle-images asks about one sample photo, in nanodollars: its own
 * prices, answers and way of counting, without HTTP and without pixels.
 */
export function simulatedCost({ number, plant }: Pick<PlannedImage, 'number' | 'plant'>): number {
  if (plant?.failure) return 0;
  const size = preparedSize(plant?.name === 'sixty-megapixels' ? SIXTY_MEGAPIXELS : storageOf(number));
  const truth = truthOf(number);
  const nominated = documentNomination(truth.labels) !== null;
  const isDocument = nominated && truth.document !== null && truth.document.category !== 'not_a_document';
  return (
    REKOGNITION_IMAGE +
    (nominated ? asked(number, size, document) : 0) +
    (isDocument ? 0 : asked(number, size, appraisal[photoKind(truth.labels)]))
  );
}

const SIXTY_MEGAPIXELS = { width: 9_486, height: 6_324 };

/** As the simulator counts: four characters a token, and eight tokens that frame a conversation. */
function asked(number: number, size: Size, { operation, instructions, schema }: Question<unknown>): number {
  const price = OPENAI_PRICES[MODEL];
  if (!price) throw new Error(`the simulator has no price for ${MODEL}`);
  const strict = strictSchema(schema, operation) as JsonObject;
  const picture = {
    ...size,
    format: 'jpeg',
    number,
    content: `photo:${number}`,
    truth: truthOf(number),
  } as const;
  const answer = JSON.stringify(answerTo(operation, strict, picture));
  const text = instructions.length + JSON.stringify(strict).length;
  const input = imageTokens(price, size, 'high') + 8 + Math.ceil(text / 4);
  return input * price.inputToken + Math.ceil(answer.length / 4) * price.outputToken;
}
