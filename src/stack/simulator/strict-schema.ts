import type { Json, JsonObject } from '../../domain/json.ts';

/** What structured outputs accept, as documented; another keyword fails the request. */
const PERMITTED = new Set([
  ...['type', 'properties', 'required', 'additionalProperties', 'items', 'enum', 'const', 'anyOf'],
  ...['$ref', '$defs', 'definitions', '$schema', '$id', 'title', 'description'],
  ...['pattern', 'format', 'multipleOf', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  ...['minItems', 'maxItems'],
]);

/** Why a schema cannot be used with `strict: true`, in the provider's words; null when it can. */
export function strictnessError(schema: JsonObject): string | null {
  if (schema.type !== 'object')
    return `schema must be a JSON Schema of 'type: "object"', got 'type: "${schema.type}"'.`;
  return errorIn(schema, []);
}

function errorIn(schema: JsonObject, path: string[]): string | null {
  const here = `In context=${tuple(path)}`;
  const foreign = Object.keys(schema).find((keyword) => !PERMITTED.has(keyword));
  if (foreign !== undefined) return `${here}, '${foreign}' is not permitted.`;
  if (schema.type === 'object' || schema.properties !== undefined) {
    if (schema.additionalProperties !== false)
      return `${here}, 'additionalProperties' is required to be supplied and to be false.`;
    const required = Array.isArray(schema.required) ? schema.required : [];
    const missing = Object.keys(children(schema.properties)).find((name) => !required.includes(name));
    if (missing !== undefined)
      return `${here}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`;
  }
  for (const [child, childPath] of nested(schema, path)) {
    const error = errorIn(child, childPath);
    if (error !== null) return error;
  }
  return null;
}

function* nested(schema: JsonObject, path: string[]): Generator<[JsonObject, string[]]> {
  for (const keyword of ['properties', '$defs', 'definitions'])
    for (const [name, child] of Object.entries(children(schema[keyword])))
      yield [children(child), [...path, keyword, name]];
  if (schema.items !== undefined) yield [children(schema.items), [...path, 'items']];
  if (Array.isArray(schema.anyOf))
    for (const [index, child] of schema.anyOf.entries())
      yield [children(child), [...path, 'anyOf', `${index}`]];
}

function children(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

function tuple(path: string[]): string {
  const quoted = path.map((step) => `'${step}'`).join(', ');
  return path.length === 1 ? `(${quoted},)` : `(${quoted})`;
}
