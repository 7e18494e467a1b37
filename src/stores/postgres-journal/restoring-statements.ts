import { escapeIdentifier, escapeLiteral } from 'pg';
import { fieldValue } from './lock.ts';
import { type Column, parseField, type Table } from './table.ts';

/**
 * SQL: row `t`, or that there is none, still is what entry `m` wrote. An entry's `after` is SQL NULL only for a key or
 * a row that the run took away.
 */
export function isAsWritten(field: string): string {
  if (field === '*') return 'CASE WHEN t.id IS NOT NULL THEN to_jsonb(t) END IS NOT DISTINCT FROM m.after';
  return `t.id IS NOT NULL AND (${fieldValue(field)}) IS NOT DISTINCT FROM m.after`;
}

/**
 * What follows `WITH mine AS (…)`, the entries of one field of one table: each statement restores what still is
 * what the run wrote, and returns the entries it restored.
 */
export function restoringStatements(table: Table, field: string): string[] {
  if (field === '*') return wholeRows(table);
  const { column, key } = parseField(field);
  const name = escapeIdentifier(column);
  if (key === null) {
    return [
      `UPDATE ${table.sql} t SET ${name} = v.${name}
         FROM mine m CROSS JOIN LATERAL
              jsonb_populate_record(NULL::${table.sql}, jsonb_build_object(${escapeLiteral(column)}::text, m.before)) v
        WHERE t.id = m.id AND ${isAsWritten(field)} RETURNING m.seq::text`,
    ];
  }
  const literal = `${escapeLiteral(key)}::text`;
  return [
    `UPDATE ${table.sql} t SET ${name} = (CASE
              WHEN m.before IS NOT NULL THEN t.${name}::jsonb || jsonb_build_object(${literal}, m.before)
              WHEN t.${name}::jsonb - ${literal} <> '{}' OR m.column_was = 'object' THEN t.${name}::jsonb - ${literal}
              WHEN m.column_was = 'null' THEN 'null'::jsonb END)::${(table.columns.get(column) as Column).type}
       FROM mine m
      WHERE t.id = m.id AND ${isAsWritten(field)} RETURNING m.seq::text`,
  ];
}

function wholeRows(table: Table): string[] {
  const names = (allowed: (column: Column) => boolean) =>
    [...table.columns].filter(([, column]) => allowed(column)).map(([name]) => escapeIdentifier(name));
  const inserted = names(({ writable }) => writable);
  const updated = names(({ updatable }) => updatable);
  return [
    `DELETE FROM ${table.sql} t USING mine m
      WHERE t.id = m.id AND m.before IS NULL AND ${isAsWritten('*')} RETURNING m.seq::text`,
    `UPDATE ${table.sql} t SET ${updated.map((name) => `${name} = v.${name}`).join(', ')}
       FROM mine m CROSS JOIN LATERAL jsonb_populate_record(NULL::${table.sql}, m.before) v
      WHERE t.id = m.id AND m.before IS NOT NULL AND ${isAsWritten('*')} RETURNING m.seq::text`,
    `, inserted AS (
       INSERT INTO ${table.sql} (${inserted.join(', ')}) OVERRIDING SYSTEM VALUE
       SELECT ${inserted.map((name) => `v.${name}`).join(', ')}
         FROM mine m CROSS JOIN LATERAL jsonb_populate_record(NULL::${table.sql}, m.before) v
        WHERE m.before IS NOT NULL AND m.after IS NULL
       ON CONFLICT DO NOTHING RETURNING id)
     SELECT m.seq::text FROM inserted JOIN mine m USING (id)`,
    `SELECT m.seq::text FROM mine m LEFT JOIN ${table.sql} t ON t.id = m.id
      WHERE m.before IS NULL AND m.after IS NULL AND ${isAsWritten('*')}`,
  ];
}
