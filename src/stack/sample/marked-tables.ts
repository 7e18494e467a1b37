import pg from 'pg';
import { UsageError } from '../../domain/failure.ts';
import { insert } from './insert.ts';

const MARK = 'Sample data of temporal-backfill';

interface MarkedTables {
  databaseUrl: string;
  /** Tells this sample from others: its size, say. */
  what: string;
  /** Makes the tables that are not there. */
  create: string;
  /** By table, in the order in which tables refer to each other. */
  rows: Record<string, Record<string, unknown>[]>;
  /** More of it, in the same transaction. `mark`: what the comments say. */
  also?(client: pg.Client, mark: string): Promise<void>;
}

/**
 * Makes and fills the tables of a sample, in one transaction; rows that are there stay as they are. A comment on each table
 * says whose it is. Throws UsageError where one holds anything else.
 */
export async function fillMarkedTables({
  databaseUrl,
  what,
  create,
  rows,
  also,
}: MarkedTables): Promise<void> {
  const mark = `${MARK}: ${what}`;
  const tables = Object.keys(rows);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('${MARK}'))`);
    await refuseOtherTables(client, tables, mark);
    await client.query(create);
    for (const table of tables) {
      await client.query(`COMMENT ON TABLE ${table} IS '${mark}'`);
      await insert(client, table, rows[table] ?? []);
    }
    await also?.(client, mark);
    await client.query('COMMIT');
    await client.query(`ANALYZE ${tables.join(', ')}`);
  } finally {
    await client.end();
  }
}

/** Sample rows never come between data that people own, nor between those of another sample. */
async function refuseOtherTables(client: pg.Client, tables: string[], mark: string): Promise<void> {
  const { rows } = await client.query<{ name: string; database: string; comment: string | null }>(
    `SELECT name, current_database() AS database, obj_description(to_regclass(name), 'pg_class') AS comment
       FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL`,
    [tables],
  );
  const other = rows.find(({ comment }) => comment !== mark);
  if (!other) return;
  const holds = other.comment?.startsWith(MARK) ? `another sample (${other.comment})` : 'data of its own';
  throw new UsageError(
    `table ${other.name} in database ${other.database} holds ${holds}`,
    `For "${mark}", let DATABASE_URL name an empty database, or unset it for an embedded one in a new data folder.`,
  );
}
