import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Records } from './records.ts';

/** The columns that a table really has: column → type (`uuid`, `text[]`). */
export type Columns = Record<string, string>;

/** SQL: when a record `s` is from, a timestamp in UTC, by the first of these columns with a value; null where none is a date. */
export function momentOf(columns: Columns, names: readonly string[]): string | null {
  const dates = names.flatMap((name) => {
    const column = `s.${escapeIdentifier(name)}`;
    if (columns[name] === 'timestamp with time zone') return [`(${column} AT TIME ZONE 'UTC')`];
    return columns[name] === 'date' || columns[name] === 'timestamp without time zone'
      ? [`${column}::timestamp`]
      : [];
  });
  return dates.length > 0 ? `coalesce(${dates.join(', ')})` : null;
}

/** SQL: what a record `s` says, in one line, its date first; empty where it says nothing. */
export function wordsOf(columns: Columns, { dates = [], words, told: { characters } }: Records): string {
  const date = momentOf(columns, dates);
  const parts = words.flatMap((group) => {
    const texts = group.filter((name) => columns[name]).map((name) => `nullif(${asText(columns, name)}, '')`);
    return texts.length > 0 ? [`left(coalesce(${texts.join(', ')}), ${characters})`] : [];
  });
  const all = [...(date ? [`to_char(${date}, 'YYYY-MM-DD')`] : []), ...parts];
  return all.length > 0 ? `left(concat_ws(' | ', ${all.join(', ')}), ${characters})` : `''`;
}

/** SQL conditions, none where the table has none of the columns. */
export function matching(columns: Columns, rule: Records['only'], operator: '~*' | '!~*'): string[] {
  const names = rule?.columns.filter((name) => columns[name]) ?? [];
  if (!rule || names.length === 0) return [];
  const texts = names.map((name) => asText(columns, name)).join(', ');
  return [`concat_ws(' ', ${texts}) ${operator} ${escapeLiteral(rule.matches)}`];
}

function asText(columns: Columns, name: string): string {
  const column = `s.${escapeIdentifier(name)}`;
  return columns[name]?.endsWith('[]') ? `array_to_string(${column}, ', ')` : `${column}::text`;
}
