import type { Table } from './table.ts';

/** PostgreSQL took a write, and did not do all of it: a trigger may answer for a row that nothing is to happen. */
export class IgnoredWrite extends Error {
  override name = 'IgnoredWrite';
}

/** `kept`: how many entries the journal took. Throws IgnoredWrite where these are fewer than what was to be written. */
export function requireKept(table: Table, kept: number | null, meant: number): void {
  if ((kept ?? 0) < meant) throw new IgnoredWrite(`a trigger of ${table.name} left the row as it was`);
}
