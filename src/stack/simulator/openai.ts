import { ZodError } from 'zod';
import { answerTo } from './answers.ts';
import { liftImages, lowered } from './lift.ts';
import {
  badKey,
  badRequest,
  faultReply,
  invalidImage,
  jsonReply,
  limitHeaders,
  overLimit,
  retiredModel,
  unknownModel,
} from './openai-errors.ts';
import type { Utterance } from './openai-replies.ts';
import { chatCompletion, response } from './openai-replies.ts';
import type { ModelQuestion } from './openai-requests.ts';
import { readChat, readResponses } from './openai-requests.ts';
import type { Picture } from './pictures.ts';
import type { ModelPrice } from './prices.ts';
import { imageTokens, OPENAI_PRICES } from './prices.ts';
import type { Door, Flaw, Incoming, Inquiry, Reply } from './serve.ts';
import type { Settings } from './settings.ts';
import { strictnessError } from './strict-schema.ts';

/** Chat completions and responses, with images and structured outputs. */
export const openai: Door = {
  provider: 'openai',
  formats: ['jpeg', 'png', 'gif', 'webp'],
  read,
  ok: (body, standings) => jsonReply(200, body, { 'openai-processing-ms': '1', ...limitHeaders(standings) }),
  overLimit: (refusal, { model }, standings) => overLimit(refusal, model, standings),
  invalidImage,
  fault: faultReply,
};

const CHARACTERS_PER_TOKEN = 4;

/** Tokens that frame a conversation, whatever is said. */
const FRAME_TOKENS = 8;

/** What counts for a request that sets no limit to its answer. */
const UNBOUNDED_OUTPUT = 4_096;

function read(incoming: Incoming, { badKeys, retiredModels }: Settings): Inquiry | Reply {
  const key = (incoming.headers.authorization ?? '').replace('Bearer ', '');
  if (!key.startsWith('sk-') || badKeys.includes(key)) return badKey(key);
  const lifted = liftImages(incoming.body, ';base64,');
  const question = parse(incoming.path, lifted.json);
  if ('status' in question) return question;
  const price = OPENAI_PRICES[question.model];
  if (price === undefined) return unknownModel(question.model);
  if ([question.model, price.snapshot].some((name) => retiredModels.includes(name)))
    return retiredModel(question.model);
  const objection = objectionTo(question);
  if (objection !== null) return objection;
  return {
    operation: question.format?.name ?? 'text',
    model: question.model,
    images: question.images.map(({ url }) => lowered(url.slice(url.indexOf(',') + 1), lifted)),
    tokens: (pictures) =>
      inputTokens(question, price, pictures) + (question.maxOutputTokens ?? UNBOUNDED_OUTPUT),
    answer: (pictures, flaw, wordiness) => answer(question, price, pictures, flaw, wordiness),
  };
}

function parse(path: string, body: string): ModelQuestion | Reply {
  try {
    const json = JSON.parse(body);
    return path === '/v1/responses' ? readResponses(json) : readChat(json);
  } catch (error) {
    if (!(error instanceof ZodError))
      return badRequest('We could not parse the JSON body of your request.', null);
    const issue = error.issues[0];
    return badRequest(`Invalid request: ${issue?.message}`, issue?.path.join('.') ?? null);
  }
}

function objectionTo({ images, format, api }: ModelQuestion): Reply | null {
  if (images.length === 0)
    return badRequest('This simulator answers questions about images: send at least one.', 'messages');
  if (images.some(({ url }) => !url.startsWith('data:image/')))
    return badRequest('Error while downloading the image: send it as a data URL.', null, 'invalid_image_url');
  const error = format?.strict ? strictnessError(format.schema) : null;
  if (error === null) return null;
  const param = api === 'chat' ? 'response_format' : 'text.format.schema';
  return badRequest(
    `Invalid schema for response_format '${format?.name}': ${error}`,
    param,
    'invalid_json_schema',
  );
}

function answer(
  question: ModelQuestion,
  price: ModelPrice,
  pictures: Picture[],
  flaw: Flaw | null,
  wordiness: number,
) {
  const whole = wordsFor(question, pictures, flaw);
  const limit = question.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const cutOff = whole.length > limit * CHARACTERS_PER_TOKEN;
  const text = cutOff ? whole.slice(0, limit * CHARACTERS_PER_TOKEN) : whole;
  const said: Utterance = {
    model: price.snapshot,
    text,
    refused: flaw === 'refusal',
    cutOff,
    inputTokens: inputTokens(question, price, pictures),
    outputTokens: Math.min(limit, Math.ceil((wordiness * text.length) / CHARACTERS_PER_TOKEN)),
  };
  return {
    body: question.api === 'chat' ? chatCompletion(said) : response(said),
    nanodollars: said.inputTokens * price.inputToken + said.outputTokens * price.outputToken,
  };
}

function inputTokens({ textLength, images }: ModelQuestion, price: ModelPrice, pictures: Picture[]): number {
  return pictures.reduce(
    (sum, picture, index) => sum + imageTokens(price, picture, images[index]?.detail ?? 'auto'),
    FRAME_TOKENS + Math.ceil(textLength / CHARACTERS_PER_TOKEN),
  );
}

function wordsFor({ format, context }: ModelQuestion, [picture]: Picture[], flaw: Flaw | null): string {
  if (flaw === 'not-json') return 'Certainly! The photo shows a vehicle, and here is what';
  if (flaw === 'off-schema') return '{"verdict":"looks good"}';
  if (flaw === 'refusal') return "I'm sorry, I can't assist with that.";
  if (format === null || picture === undefined) return 'A photo of a vehicle.';
  return JSON.stringify(answerTo(format.name, format.schema, picture, context));
}
