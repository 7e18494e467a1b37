import type { ClientBase } from 'pg';

/** Rows by the names of their columns; those that are there stay as they are. */
export async function insert(
  client: ClientBase,
  table: string,
  rows: readonly Record<string, unknown>[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += 500) {
    await client.query(
      `INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1) ON CONFLICT DO NOTHING`,
      [JSON.stringify(rows.slice(from, from + 500))],
    );
  }
}
