import type { Json } from '../../domain/json.ts';

/** Whether it can be put back as it was: JavaScript reads whole numbers beyond 2^53 as their neighbours, and writes -0 as 0. */
export function isExact(value: Json | undefined): boolean {
  if (typeof value === 'number')
    return !Object.is(value, -0) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isExact);
}
