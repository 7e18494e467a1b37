import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ClientBase, Pool } from 'pg';

/** One file per view in `views/`. A later version may add columns at the end only (CREATE OR REPLACE VIEW). */
export const VIEW_NAMES = [
  'vehicle_ai_profile',
  'vehicle_component_index',
  'vehicle_images_by_angle',
  'vehicle_spid_contradictions',
  'vehicle_valuation_inputs',
] as const;

/** Begins the comment on each of our views; the rest tells which text it was made from. */
const MARK = 'temporal-backfill vehicle-images ';

/** A view that is missing or of an older text, and what creates it. */
export interface MissingView {
  name: string;
  statements: string[];
}

/** Others' views of the same name stay. */
export async function missingViews(database: Pool | ClientBase): Promise<MissingView[]> {
  const existing = await existingViews(database);
  return VIEW_NAMES.flatMap((name) => {
    const query = readFileSync(new URL(`views/${name}.sql`, import.meta.url), 'utf8');
    const comment = MARK + createHash('sha256').update(query).digest('hex').slice(0, 12);
    const found = existing.get(name);
    if (found !== undefined && (found === comment || !found.startsWith(MARK))) return [];
    const create = `CREATE OR REPLACE VIEW ${name} AS\n${query}`;
    return [{ name, statements: [create, `COMMENT ON VIEW ${name} IS '${comment}'`] }];
  });
}

/** Relations that have the name of one of our views and are somebody else's. */
export async function othersViews(database: Pool | ClientBase): Promise<string[]> {
  const existing = await existingViews(database);
  return [...existing].filter(([, comment]) => !comment.startsWith(MARK)).map(([name]) => name);
}

/** Name → comment, '' where there is none. */
async function existingViews(database: Pool | ClientBase): Promise<Map<string, string>> {
  const { rows } = await database.query<{ name: string; comment: string }>(
    `SELECT v.name, coalesce(obj_description(to_regclass(v.name), 'pg_class'), '') AS comment
       FROM unnest($1::text[]) AS v(name)
      WHERE to_regclass(v.name) IS NOT NULL`,
    [VIEW_NAMES],
  );
  return new Map(rows.map(({ name, comment }) => [name, comment]));
}
