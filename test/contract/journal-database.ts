import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';
import type { Change } from '../../src/domain/change.ts';
import type { ItemResult, PageClaim, Receipt } from '../../src/domain/page.ts';
import type { Journal, PageWork } from '../../src/stores/journal.ts';
import { createPostgresJournal } from '../../src/stores/postgres-journal/index.ts';

export interface JournalDatabase {
  pool: Pool;
  journal: Journal;
  drop(): Promise<void>;
}

/** A database of its own on the server of DATABASE_URL, with the tables that the tests write to. */
export async function createJournalDatabase(): Promise<JournalDatabase> {
  const server = process.env.DATABASE_URL;
  if (!server) throw new Error('DATABASE_URL is not set: point it at a PostgreSQL that may create databases');
  const name = `journal_${randomBytes(6).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const pool = new Pool({ connectionString: url.href, max: 8 });
  pool.on('error', () => {});
  await pool.query(TABLES);
  const journal = createPostgresJournal(pool);
  await journal.migrate();
  return {
    pool,
    journal,
    async drop() {
      await pool.end();
      await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

const TABLES = `
CREATE TABLE vehicles (
  id bigint PRIMARY KEY,
  vin text,
  color text,
  mileage numeric
);
CREATE TABLE images (
  id uuid PRIMARY KEY,
  vehicle_id bigint REFERENCES vehicles (id),
  label varchar(8),
  score numeric(5, 2),
  checked_at timestamptz,
  tags text[],
  meta jsonb,
  document_id text
);
CREATE TABLE documents (
  id text PRIMARY KEY,
  image_id uuid NOT NULL REFERENCES images (id),
  step text NOT NULL,
  position int NOT NULL,
  body text DEFAULT 'blank',
  length int GENERATED ALWAYS AS (length(body)) STORED,
  UNIQUE (image_id, step, position)
);
CREATE TABLE marks (
  id text PRIMARY KEY,
  document_id text NOT NULL REFERENCES documents (id)
);
ALTER TABLE images ADD FOREIGN KEY (document_id) REFERENCES documents (id);
`;

export function imageId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** Everything in the target tables, as text that can be compared. */
export async function dump(pool: Pool): Promise<Record<string, string[]>> {
  const tables: Record<string, string[]> = {};
  for (const table of ['vehicles', 'images', 'documents', 'marks']) {
    const found = await pool.query<{ row: string }>(
      `SELECT to_jsonb(t)::text AS row FROM ${table} t ORDER BY t.id`,
    );
    tables[table] = found.rows.map(({ row }) => row);
  }
  return tables;
}

/** What a source would have read of these fields. */
export async function fingerprints(
  pool: Pool,
  table: string,
  id: string,
  fields: string[],
): Promise<Record<string, string | null>> {
  const seen: Record<string, string | null> = {};
  for (const field of fields) {
    const [column, key] = field.split('.');
    const value = key === undefined ? `to_jsonb(t) -> '${column}'` : `t.${column} -> '${key}'`;
    const found = await pool.query<{ md5: string | null }>(
      `SELECT md5((${value})::text) AS md5 FROM ${table} t WHERE t.id = $1`,
      [id],
    );
    seen[field] = found.rows[0]?.md5 ?? null;
  }
  return seen;
}

let pages = 0;

export function claimOf(runId: string, more: Partial<PageClaim> = {}): PageClaim {
  pages += 1;
  return { runId, scope: 'unit', page: `unit/${pages}`, fence: 1, ...more };
}

export function workOf(changes: Record<string, Change[]>, more: Partial<PageWork> = {}): PageWork {
  return {
    results: Object.keys(changes).map((item) => written(item)),
    changes: new Map(Object.entries(changes)),
    position: null,
    done: true,
    read: Object.keys(changes).length,
    missing: 0,
    hold: 'hold',
    ...more,
  };
}

export function written(item: string): ItemResult {
  return { item, unit: 'u', status: 'written', tries: 1 };
}

/** Opens the run if need be, and writes these changes as one page. */
export async function writePage(
  journal: Journal,
  runId: string,
  changes: Record<string, Change[]>,
  more: Partial<PageWork> = {},
): Promise<Receipt> {
  await journal.openRun({ runId, backfill: 'test' });
  return journal.commit(claimOf(runId), workOf(changes, more));
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
