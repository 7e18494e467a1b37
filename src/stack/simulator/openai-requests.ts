import { z } from 'zod';
import type { Json, JsonObject } from '../../domain/json.ts';

/** What a request asks for, whichever of the two APIs it came by. */
export interface ModelQuestion {
  api: 'chat' | 'responses';
  model: string;
  /** All text of the request in characters, the schema included. */
  textLength: number;
  /** The text beside the images. */
  context: string;
  images: { url: string; detail: 'low' | 'high' | 'auto' }[];
  format: { name: string; schema: JsonObject; strict: boolean } | null;
  maxOutputTokens: number | null;
}

const detail = z.enum(['low', 'high', 'auto']).default('auto');
const jsonObject = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
const format = z.object({ name: z.string(), schema: jsonObject, strict: z.boolean().nullish() });

const chatSchema = z.object({
  model: z.string(),
  messages: z.array(
    z.object({
      content: z.union([
        z.string(),
        z.array(
          z.discriminatedUnion('type', [
            z.object({ type: z.literal('text'), text: z.string() }),
            z.object({ type: z.literal('image_url'), image_url: z.object({ url: z.string(), detail }) }),
          ]),
        ),
      ]),
    }),
  ),
  response_format: z.object({ type: z.string(), json_schema: format.optional() }).optional(),
  max_completion_tokens: z.int().positive().nullish(),
  max_tokens: z.int().positive().nullish(),
});

const responsesSchema = z.object({
  model: z.string(),
  instructions: z.string().nullish(),
  input: z.union([
    z.string(),
    z.array(
      z.object({
        content: z.union([
          z.string(),
          z.array(
            z.discriminatedUnion('type', [
              z.object({ type: z.literal('input_text'), text: z.string() }),
              z.object({ type: z.literal('input_image'), image_url: z.string(), detail }),
            ]),
          ),
        ]),
      }),
    ),
  ]),
  text: z.object({ format: format.partial().extend({ type: z.string() }).optional() }).optional(),
  max_output_tokens: z.int().min(16).nullish(),
});

/** A string is a text by itself; an object stands in a message that may have images. */
type Part = string | { text: string } | { url: string; detail: 'low' | 'high' | 'auto' };

/** Throws ZodError when the request has another shape. */
export function readChat(body: Json): ModelQuestion {
  const request = chatSchema.parse(body);
  const parts = request.messages.flatMap(({ content }): Part[] =>
    typeof content === 'string'
      ? [content]
      : content.map((part) => (part.type === 'text' ? part : part.image_url)),
  );
  const asked = request.response_format?.json_schema;
  const limit = request.max_completion_tokens ?? request.max_tokens;
  return question('chat', request.model, parts, asked, limit);
}

/** Throws ZodError when the request has another shape. */
export function readResponses(body: Json): ModelQuestion {
  const request = responsesSchema.parse(body);
  const contents =
    typeof request.input === 'string' ? [request.input] : request.input.map(({ content }) => content);
  const parts = contents.flatMap((content): Part[] =>
    typeof content === 'string'
      ? [content]
      : content.map((part) =>
          part.type === 'input_text' ? part : { url: part.image_url, detail: part.detail },
        ),
  );
  const { name, schema, strict } = request.text?.format ?? {};
  const asked = name !== undefined && schema !== undefined ? { name, schema, strict } : undefined;
  return question(
    'responses',
    request.model,
    [request.instructions ?? '', ...parts],
    asked,
    request.max_output_tokens,
  );
}

function question(
  api: ModelQuestion['api'],
  model: string,
  parts: Part[],
  asked: z.infer<typeof format> | undefined,
  limit: number | null | undefined,
): ModelQuestion {
  const texts = parts.map((part) => (typeof part === 'string' ? part : 'text' in part ? part.text : ''));
  const schemaLength = asked === undefined ? 0 : JSON.stringify(asked.schema).length;
  return {
    api,
    model,
    context: parts
      .flatMap((part) => (typeof part === 'object' && 'text' in part ? [part.text] : []))
      .join('\n'),
    textLength: texts.reduce((sum, text) => sum + text.length, schemaLength),
    images: parts.filter((part) => typeof part === 'object' && 'url' in part),
    format:
      asked === undefined ? null : { name: asked.name, schema: asked.schema, strict: asked.strict ?? false },
    maxOutputTokens: limit ?? null,
  };
}
