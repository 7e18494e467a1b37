import { hash } from 'node:crypto';
import type { Json, JsonObject } from '../../domain/json.ts';

/** Tells whether a value is still as it was read; null for one that is absent, or null, which a search cannot tell apart. */
export function fingerprint(value: Json | undefined): string | null {
  return value === undefined || value === null ? null : hash('sha256', canonical(value), 'hex').slice(0, 32);
}

/** What a document holds at a dotted path. A list on the way makes a list of what its members hold. */
export function valueAt(source: JsonObject, path: string): Json | undefined {
  return follow(source, path.split('.'));
}

function follow(value: Json | undefined, [key, ...rest]: string[]): Json | undefined {
  if (key === undefined || value === undefined || value === null) return value;
  if (Array.isArray(value))
    return value.map((member) => follow(member, [key, ...rest])).filter((found) => found !== undefined);
  return typeof value === 'object' ? follow(value[key], rest) : undefined;
}

/** The order of keys means nothing. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_key, one: Json) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
