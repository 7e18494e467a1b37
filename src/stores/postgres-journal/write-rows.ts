import { type ClientBase, escapeIdentifier } from 'pg';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { PageClaim } from '../../domain/page.ts';
import { originOf, type RowsEdit } from './edits.ts';
import { requireKept } from './ignored-write.ts';
import { byOwnerShape, type OwnerGroup } from './lock.ts';
import type { Column, Table } from './table.ts';
import { JOURNAL_AGAIN, JOURNAL_COLUMNS, numbered, ORIGIN_RECORD } from './write-fields.ts';

/** Of several edits for the same owner in one page the last counts. */
export function lastPerOwner(edits: RowsEdit[]): RowsEdit[] {
  const last = new Map<string, RowsEdit>();
  for (const edit of edits) {
    const owner = Object.entries(edit.change.owner).sort(([a], [b]) => (a < b ? -1 : 1));
    last.set(JSON.stringify([edit.table.name, owner]), edit);
  }
  return [...last.values()];
}

/** Deletes what the owners have and should have no longer. */
export async function deleteRows(client: ClientBase, page: PageClaim, edits: RowsEdit[]): Promise<void> {
  const kept = edits.flatMap(({ change }) => change.rows.map(({ id }) => String(id)));
  for (const group of byOwnerShape(edits)) await deleteOwned(client, page, group, kept);
}

async function deleteOwned(
  client: ClientBase,
  page: PageClaim,
  { table, edits, condition }: OwnerGroup,
  kept: string[],
): Promise<void> {
  const origins = numbered();
  const owners = edits.map((edit) => ({ by: origins.numberOf(originOf(edit)), owner: edit.change.owner }));
  await client.query(
    `WITH input AS MATERIALIZED (
       SELECT * FROM jsonb_to_recordset($1::jsonb) AS x(by int, owner jsonb)
     ), deleted AS (
       DELETE FROM ${table.sql} t
        USING input i CROSS JOIN LATERAL jsonb_populate_record(NULL::${table.sql}, i.owner) o
        WHERE ${condition} AND NOT t.id = ANY ($6::text[]::${table.idType}[])
       RETURNING i.by AS n, t.id, to_jsonb(t) AS image
     )
     INSERT INTO temporal_backfill.journal ${JOURNAL_COLUMNS}
     SELECT $3, $5, d.id::text, '*', d.image, NULL, NULL, o.item, $4, o.call_key, o.model, o.prompt_version
       FROM deleted d JOIN jsonb_to_recordset($2::jsonb) AS ${ORIGIN_RECORD} USING (n)
     ${JOURNAL_AGAIN}`,
    [JSON.stringify(owners), JSON.stringify(origins.list), page.runId, page.page, table.name, kept],
  );
}

/** Inserts and updates, one statement per set of columns, so that a column that is not given keeps its default. */
export async function upsertRows(
  client: ClientBase,
  page: PageClaim,
  table: Table,
  edits: RowsEdit[],
): Promise<void> {
  const origins = numbered();
  const rows = new Map<Json, { by: number; row: JsonObject }>();
  for (const edit of edits) {
    const by = origins.numberOf(originOf(edit));
    for (const row of edit.change.rows) rows.set(row.id, { by, row: { ...edit.change.owner, ...row } });
  }
  const shape = ({ row }: { row: JsonObject }) => JSON.stringify(Object.keys(row).sort());
  for (const [columns, group] of Map.groupBy(rows.values(), shape)) {
    const { rowCount } = await client.query(upsert(table, JSON.parse(columns)), [
      JSON.stringify(group),
      JSON.stringify(origins.list),
      page.runId,
      page.page,
      table.name,
    ]);
    requireKept(table, rowCount, group.length);
  }
}

/** Rows that move go first, so that a new one finds its place free; new ones by id, so that pages queue up. */
function upsert(table: Table, columns: string[]): string {
  const updated = columns.filter((name) => name !== 'id' && (table.columns.get(name) as Column).updatable);
  const assignments = (updated.length > 0 ? updated : ['id']).map(escapeIdentifier);
  const list = (prefix: string) => columns.map((name) => prefix + escapeIdentifier(name)).join(', ');
  return `
WITH input AS MATERIALIZED (
  SELECT x.by AS "origin number", ${list('r.')}
    FROM jsonb_to_recordset($1::jsonb) AS x(by int, "row" jsonb)
   CROSS JOIN LATERAL jsonb_populate_record(NULL::${table.sql}, x."row") r
), before AS MATERIALIZED (
  SELECT t.id, to_jsonb(t) AS image FROM ${table.sql} t WHERE t.id IN (SELECT id FROM input)
), written AS (
  INSERT INTO ${table.sql} AS t (${list('')}) OVERRIDING SYSTEM VALUE SELECT ${list('i.')}
    FROM input i LEFT JOIN before b USING (id) ORDER BY b.id IS NULL, i.id
  ON CONFLICT (id) DO UPDATE SET ${assignments.map((name) => `${name} = excluded.${name}`).join(', ')}
  RETURNING t.id, to_jsonb(t) AS image
)
INSERT INTO temporal_backfill.journal ${JOURNAL_COLUMNS}
SELECT $3, $5, w.id::text, '*', b.image, w.image, NULL, o.item, $4, o.call_key, o.model, o.prompt_version
  FROM written w JOIN input i USING (id) LEFT JOIN before b USING (id)
  JOIN jsonb_to_recordset($2::jsonb) AS ${ORIGIN_RECORD} ON o.n = i."origin number"
${JOURNAL_AGAIN}`;
}
