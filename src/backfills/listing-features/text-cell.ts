import type { Json } from '../../domain/json.ts';

/** What a field holds, for a table; null where it is absent. */
export function cell(value: Json | undefined): string | number | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value);
}
