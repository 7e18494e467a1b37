import type { Analysis } from './split.ts';

/**
 * What the cache holds about a photo, as an analysis: an object, or one written as JSON. The analysis may be wrapped
 * in `{ analysis }` once more, as the model's reader returns it. Null: no JSON, or no object.
 */
export function readAnalysis(cached: unknown): Analysis | null {
  const outer = objectOf(cached);
  if (!outer || !('analysis' in outer)) return outer;
  return objectOf(outer.analysis);
}

function objectOf(value: unknown): { [key: string]: unknown } | null {
  if (typeof value === 'string') return objectOf(parsed(value));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return { ...value };
}

/** A JSON text inside of a JSON text is no analysis. */
function parsed(json: string): object | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
