import type { ClientBase, Pool } from 'pg';
import type { RollbackPreview } from '../journal.ts';
import { NEXT_ENTRY } from './hand-on.ts';
import { WRITTEN_FIELD } from './report.ts';
import { isAsWritten } from './restoring-statements.ts';
import type { FindTable } from './table.ts';
import { CANONICAL_IMAGES, transaction } from './transaction.ts';

/**
 * Looks at each entry by itself, as a rollback would that began with it. What only shows in the doing is not seen: a
 * row that others refer to by then, or a trigger that refuses; and of a row that the run wrote first whole and then field by
 * field, the fields are still to be put back.
 */
export function previewRollback(
  pool: Pool,
  find: FindTable,
  runId: string,
  limit: number,
): Promise<RollbackPreview> {
  return transaction(pool, async (client) => {
    await client.query(`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; ${CANONICAL_IMAGES}`);
    const groups = await groupsOf(client, runId);
    const looked: Looked[] = [];
    for (const group of groups) looked.push(await look(client, find, runId, group, limit));
    return { tables: byTable(groups, looked), entries: firstOf(looked, limit) };
  });
}

interface Group {
  table: string;
  field: string;
}

interface Looked extends Record<Fate, number> {
  entries: (RollbackPreview['entries'][number] & { seq: string })[];
}

type Fate = RollbackPreview['entries'][number]['fate'];

/** In the order in which they are listed. */
const FATES: Fate[] = ['conflict', 'handed-on', 'restored'];

async function groupsOf(client: ClientBase, runId: string): Promise<Group[]> {
  const found = await client.query<Group>(
    `SELECT DISTINCT table_name AS "table", field FROM temporal_backfill.journal
      WHERE run_id = $1 AND rollback_state IS NULL ORDER BY 1, 2`,
    [runId],
  );
  return found.rows;
}

/** Counts the fates of one field of one table, and lists the first entries. */
async function look(
  client: ClientBase,
  find: FindTable,
  runId: string,
  { table: name, field }: Group,
  limit: number,
): Promise<Looked> {
  const table = await find(client, name, field === '*' ? [] : [field]);
  const found = await client.query<Looked>(
    `WITH fates AS MATERIALIZED (
       SELECT m.seq, CASE WHEN next.follows THEN 'handed-on' WHEN next.seq IS NOT NULL THEN 'conflict'
                          WHEN ${isAsWritten(field)} THEN 'restored' ELSE 'conflict' END AS fate
         FROM temporal_backfill.journal m
         LEFT JOIN ${table.sql} t ON t.id = m.row_id::${table.idType}
         LEFT JOIN LATERAL ${NEXT_ENTRY} next ON true
        WHERE m.run_id = $1 AND m.table_name = $2 AND m.field = $3 AND m.rollback_state IS NULL
     ), listed AS (
       SELECT j.seq::text, f.fate, ${WRITTEN_FIELD} FROM temporal_backfill.journal j JOIN fates f USING (seq)
        ORDER BY array_position($5::text[], f.fate), j.seq LIMIT $4
     )
     SELECT ${FATES.map((fate) => `count(*) FILTER (WHERE fate = '${fate}')::int AS "${fate}"`).join(', ')},
            (SELECT coalesce(json_agg(listed), '[]') FROM listed) AS entries
       FROM fates`,
    [runId, name, field, limit, FATES],
  );
  return found.rows[0] as Looked;
}

function byTable(groups: Group[], looked: Looked[]): RollbackPreview['tables'] {
  const tables = new Map<string, RollbackPreview['tables'][number]>();
  for (const [n, { table }] of groups.entries()) {
    const sum = tables.get(table) ?? { table, restored: 0, handedOn: 0, conflicts: 0 };
    const one = looked[n] as Looked;
    sum.restored += one.restored;
    sum.handedOn += one['handed-on'];
    sum.conflicts += one.conflict;
    tables.set(table, sum);
  }
  return [...tables.values()];
}

function firstOf(looked: Looked[], limit: number): RollbackPreview['entries'] {
  const rank = ({ fate, seq }: Looked['entries'][number]) => [FATES.indexOf(fate), Number(seq)] as const;
  return looked
    .flatMap(({ entries }) => entries)
    .sort((a, b) => rank(a)[0] - rank(b)[0] || rank(a)[1] - rank(b)[1])
    .slice(0, limit)
    .map(({ seq: _, ...entry }) => entry);
}
