import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ClientBase, Pool } from 'pg';

/** What is missing of vehicles, merged from the answers of their images: a view, so that it is always true. */
export const GAPS = 'vehicle_context_gaps';

/** Begins the comment on our view; the rest tells which text it was made from. */
const MARK = 'temporal-backfill context-tiers ';

/** The query that the view is made from. */
export function gapsQuery(): string {
  return readFileSync(new URL(`views/${GAPS}.sql`, import.meta.url), 'utf8');
}

/** What creates the view where it is missing or of an older text. Somebody else's table or view of its name stays. */
export async function missingView(database: Pool | ClientBase): Promise<string[]> {
  const query = gapsQuery();
  const comment = MARK + createHash('sha256').update(query).digest('hex').slice(0, 12);
  const found = await commentOf(database);
  if (found !== null && (found === comment || !found.startsWith(MARK))) return [];
  return [`CREATE OR REPLACE VIEW ${GAPS} AS\n${query}`, `COMMENT ON VIEW ${GAPS} IS '${comment}'`];
}

/** Something has the name of our view and is not ours. */
export async function isTaken(database: Pool | ClientBase): Promise<boolean> {
  const found = await commentOf(database);
  return found !== null && !found.startsWith(MARK);
}

/** '' where there is none; null where nothing has the name. */
async function commentOf(database: Pool | ClientBase): Promise<string | null> {
  const { rows } = await database.query<{ comment: string | null }>(
    `SELECT CASE WHEN to_regclass($1) IS NOT NULL THEN coalesce(obj_description(to_regclass($1), 'pg_class'), '') END AS comment`,
    [GAPS],
  );
  return rows[0]?.comment ?? null;
}
