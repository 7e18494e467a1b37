import type { ClientBase } from 'pg';
import { insert } from '../sample/insert.ts';
import type { SamplePlan } from '../sample/plan.ts';
import type { Papers } from './papers.ts';
import { planPapers } from './plan.ts';

type PaperTable = keyof Papers;

/**
 * As people have them who type in what they know of their vehicles. The last two are vehicle-images' tables as well:
 * it adds the columns that it needs besides, and what it writes has a `step`.
 */
const COLUMNS: Record<PaperTable, string> = {
  receipts: `vehicle_id uuid REFERENCES vehicles (id),
    vendor text, description text, amount numeric, receipt_date date, created_at timestamptz`,
  timeline_events: `vehicle_id uuid REFERENCES vehicles (id),
    event_type text, title text, description text, event_date date`,
  reference_documents: `vehicle_id uuid REFERENCES vehicles (id),
    document_type text, title text, url text`,
  vehicle_spid_data: `image_id uuid REFERENCES vehicle_images (id) ON DELETE CASCADE, vehicle_id uuid,
    step text, vin text, rpo_codes text[], paint_codes text[], build_date text`,
  image_tags: `image_id uuid REFERENCES vehicle_images (id) ON DELETE CASCADE, vehicle_id uuid,
    step text, tag_name text, tag_type text`,
};

const TABLES = Object.keys(COLUMNS) as PaperTable[];

/**
 * Part of the sample's transaction; rows that are there stay as they are. A table that is there without the sample's
 * mark is somebody's, or a run's, and gets no rows: returns the names of those.
 */
export async function fillPapers(client: ClientBase, plan: SamplePlan, mark: string): Promise<string[]> {
  const others = await unmarked(client, mark);
  const papers = planPapers(plan);
  for (const table of TABLES.filter((name) => !others.includes(name))) {
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${table} (id uuid PRIMARY KEY, ${COLUMNS[table]});
       CREATE INDEX IF NOT EXISTS ${table}_vehicle_idx ON ${table} (vehicle_id);
       COMMENT ON TABLE ${table} IS '${mark}'`,
    );
    await insert(
      client,
      table,
      papers.flatMap((one) => one[table]),
    );
    await client.query(`ANALYZE ${table}`);
  }
  return others;
}

async function unmarked(client: ClientBase, mark: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) AS name
      WHERE to_regclass(name) IS NOT NULL AND obj_description(to_regclass(name), 'pg_class') IS DISTINCT FROM $2`,
    [TABLES, mark],
  );
  return rows.map(({ name }) => name);
}
