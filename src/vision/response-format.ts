import { zodResponseFormat } from 'openai/helpers/zod';
import type { z } from 'zod';
import { UsageError } from '../domain/failure.ts';
import type { Json } from '../domain/json.ts';
import type { JsonSchema } from './vision.ts';

/**
 * The JSON schema that OpenAI is held to in strict mode. It keeps bounds of numbers and arrays; lengths of
 * strings are not taken by all models and are left to our own check of the answer.
 * Throws UsageError where strict mode cannot say what the schema says (optional fields, records).
 */
export function strictSchema(schema: z.ZodType, name: string): JsonSchema {
  const known = converted.get(schema);
  if (known !== undefined) return known;
  const strict = withoutLengths(convert(schema, name)) as JsonSchema;
  delete strict.$schema;
  converted.set(schema, strict);
  return strict;
}

const converted = new WeakMap<z.ZodType, JsonSchema>();

function convert(schema: z.ZodType, name: string): Json {
  try {
    return zodResponseFormat(schema, name).json_schema.schema as Json;
  } catch (cause) {
    throw inexpressible(name, cause);
  }
}

function inexpressible(name: string, cause: unknown): UsageError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new UsageError(
    `The schema of ${name} cannot be a strict OpenAI schema: ${why}`,
    'Use objects with fixed keys, and nullable instead of optional fields',
    { cause },
  );
}

function withoutLengths(node: Json): Json {
  if (Array.isArray(node)) return node.map(withoutLengths);
  if (node === null || typeof node !== 'object') return node;
  const lengths = node.type === 'string' ? STRING_LENGTHS : NONE;
  const kept = Object.entries(node).filter(([keyword]) => !lengths.has(keyword));
  return Object.fromEntries(kept.map(([keyword, value]) => [keyword, withoutLengths(value)]));
}

const STRING_LENGTHS = new Set(['minLength', 'maxLength']);
const NONE = new Set<string>();
