import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import type { JsonObject } from '../../domain/json.ts';
import type { PageClaim } from '../../domain/page.ts';
import type { Origin, RowPatch } from './edits.ts';
import { requireKept } from './ignored-write.ts';
import { type Column, parseField, type Table } from './table.ts';

/**
 * Writes values and their journal, one statement per set of columns. Before-images come from the
 * statement's snapshot, after-images from the update itself: so they are what the table keeps
 * (rounded, padded, in its own precision), and never pass through JavaScript.
 */
export async function writeFields(
  client: ClientBase,
  page: PageClaim,
  table: Table,
  patches: RowPatch[],
): Promise<void> {
  const origins = numbered();
  const rows = patches.map((patch) => rowOf(patch, origins.numberOf));
  for (const group of Map.groupBy(rows, shapeOf).values()) {
    const { set, merge } = group[0] as PatchRow;
    const sql = statement(table, Object.keys(set), Object.keys(merge));
    const { rowCount } = await client.query(sql, [
      JSON.stringify(group),
      JSON.stringify(origins.list),
      page.runId,
      page.page,
      table.name,
    ]);
    requireKept(
      table,
      rowCount,
      group.reduce((fields, { by }) => fields + Object.keys(by).length, 0),
    );
  }
}

/** What the journal keeps when a run writes a field again: the first before-image, the last value and its origin. */
export const JOURNAL_AGAIN = `ON CONFLICT (table_name, row_id, field, run_id) DO UPDATE
  SET seq = excluded.seq, after = excluded.after, item = excluded.item, page = excluded.page,
      call_key = excluded.call_key, model = excluded.model, prompt_version = excluded.prompt_version,
      written_at = excluded.written_at`;

export const JOURNAL_COLUMNS =
  '(run_id, table_name, row_id, field, before, after, column_was, item, page, call_key, model, prompt_version)';

export const ORIGIN_RECORD = 'o(n int, item text, call_key text, model text, prompt_version text)';

/** Gives each origin one number, so that it is sent once. */
export function numbered(): { list: (Origin & { n: number })[]; numberOf(origin: Origin): number } {
  const numbers = new Map<Origin, number>();
  const list: (Origin & { n: number })[] = [];
  return {
    list,
    numberOf(origin) {
      const n = numbers.get(origin) ?? list.push({ n: list.length, ...origin }) - 1;
      numbers.set(origin, n);
      return n;
    },
  };
}

interface PatchRow {
  id: string;
  set: JsonObject;
  merge: Record<string, JsonObject>;
  /** The origin's number, by field. */
  by: Record<string, number>;
}

function rowOf(patch: RowPatch, numberOf: (origin: Origin) => number): PatchRow {
  const row: PatchRow = { id: patch.id, set: {}, merge: {}, by: {} };
  for (const [field, { value, origin }] of patch.fields) {
    const { column, key } = parseField(field);
    if (key === null) row.set[column] = value;
    else row.merge[column] = { ...row.merge[column], [key]: value };
    row.by[field] = numberOf(origin);
  }
  return row;
}

function shapeOf({ set, merge }: PatchRow): string {
  return JSON.stringify([Object.keys(set).sort(), Object.keys(merge).sort()]);
}

function statement(table: Table, set: string[], merge: string[]): string {
  const q = escapeIdentifier;
  const of = (names: string[], part: (name: string, n: number) => string) => names.map(part);
  const type = (name: string) => (table.columns.get(name) as Column).type;
  return `
WITH input AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(id ${table.idType}, "set" jsonb, merge jsonb, by jsonb)
), before AS MATERIALIZED (
  SELECT ${[
    't.id',
    ...of(set, (name, n) => `to_jsonb(t.${q(name)}) AS s${n}`),
    ...of(merge, (name, n) => `t.${q(name)}::jsonb AS m${n}`),
  ].join(', ')}
    FROM input JOIN ${table.sql} t USING (id)
), written AS (
  UPDATE ${table.sql} t
     SET ${[
       ...of(set, (name) => `${q(name)} = v.${q(name)}`),
       ...of(
         merge,
         (name) =>
           `${q(name)} = (coalesce(nullif(t.${q(name)}::jsonb, 'null'), '{}') || (i.merge -> ${escapeLiteral(name)}))::${type(name)}`,
       ),
     ].join(', ')}
    FROM input i CROSS JOIN LATERAL jsonb_populate_record(NULL::${table.sql}, i."set") v
   WHERE t.id = i.id
  RETURNING ${[
    't.id',
    ...of(set, (name, n) => `to_jsonb(t.${q(name)}) AS s${n}`),
    ...of(merge, (name, n) => `t.${q(name)}::jsonb AS m${n}`),
  ].join(', ')}
)
INSERT INTO temporal_backfill.journal ${JOURNAL_COLUMNS}
SELECT $3, $5, b.id::text, f.field, f.before, f.after, f.column_was, o.item, $4, o.call_key, o.model, o.prompt_version
  FROM before b JOIN written w USING (id) JOIN input i USING (id)
 CROSS JOIN LATERAL (
   ${[
     ...of(
       set,
       (name, n) =>
         `SELECT ${escapeLiteral(name)}::text AS field, coalesce(b.s${n}, 'null') AS before, coalesce(w.s${n}, 'null') AS after, NULL::text AS column_was`,
     ),
     ...of(
       merge,
       (name, n) =>
         `SELECT ${escapeLiteral(`${name}.`)} || k AS field, b.m${n} -> k AS before, w.m${n} -> k AS after,
          coalesce(jsonb_typeof(b.m${n}), 'sql null') AS column_was
     FROM jsonb_object_keys(i.merge -> ${escapeLiteral(name)}) k`,
     ),
   ].join('\n   UNION ALL\n   ')}
 ) f
  JOIN jsonb_to_recordset($2::jsonb) AS ${ORIGIN_RECORD} ON o.n = (i.by ->> f.field)::int
${JOURNAL_AGAIN}`;
}
