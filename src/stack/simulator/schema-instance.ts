import type { Json, JsonObject } from '../../domain/json.ts';

/** The smallest value that fits a JSON schema of the kind that structured outputs take. */
export function instanceOf(schema: JsonObject, root: JsonObject = schema): Json {
  if (typeof schema.$ref === 'string') return instanceOf(resolve(schema.$ref, root), root);
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0] ?? null;
  if (Array.isArray(schema.anyOf)) return instanceOf(schema.anyOf[0] as JsonObject, root);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries((schema.properties ?? {}) as JsonObject).map(([name, child]) => [
          name,
          instanceOf(child as JsonObject, root),
        ]),
      );
    case 'array':
      return Array.from({ length: Number(schema.minItems ?? 0) }, () =>
        instanceOf(schema.items as JsonObject, root),
      );
    case 'number':
    case 'integer':
      return numberWithin(schema);
    case 'boolean':
      return false;
    case 'string':
      return 'as seen on the photo';
    default:
      return null;
  }
}

function numberWithin({ minimum, maximum, exclusiveMinimum }: JsonObject): number {
  if (typeof exclusiveMinimum === 'number') return exclusiveMinimum + 1;
  const low = typeof minimum === 'number' ? minimum : 0;
  return typeof maximum === 'number' ? Math.min(Math.max(low, 0), maximum) : Math.max(low, 0);
}

/** `#/$defs/name`, and `#` for the root itself. */
function resolve(reference: string, root: JsonObject): JsonObject {
  const steps = reference.split('/').slice(1);
  return steps.reduce((schema, step) => schema[step] as JsonObject, root);
}
