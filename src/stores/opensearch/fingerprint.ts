import { hash } from 'node:crypto';
import type { Json } from '../../domain/json.ts';

/**
 * Tells whether a value is still the one that was read; null where there is none. The order of keys, in which OpenSearch
 * may give an object back, does not matter.
 */
export function fingerprint(value: Json | undefined): string | null {
  if (value === undefined || value === null) return null;
  const canonical = JSON.stringify(value, (_, part: Json) => withSortedKeys(part));
  return hash('sha256', canonical).slice(0, 20);
}

/**
 * What a document's source has at a path: `image_vectors.image_url`. Where a list is on the way, the list of what its
 * elements have there, without those that have nothing; undefined where nothing is left. So the whole source and one
 * filtered by `_source` to this path say the same.
 */
export function valueAt(source: Json | undefined, path: string): Json | undefined {
  return follow(source, path.split('.'));
}

function follow(value: Json | undefined, keys: readonly string[]): Json | undefined {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (Array.isArray(value)) {
    const found = value.map((one) => follow(one, keys)).filter((one) => one !== undefined && one !== null);
    return found.length > 0 ? found : undefined;
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return follow(value[key], rest);
}

function withSortedKeys(value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
