/**
 * What the journal can write: items per second, one page after the other, on the PostgreSQL of DATABASE_URL,
 * in a database of its own that is dropped afterwards.
 *
 *     DATABASE_URL=postgres://… node bench/journal.ts [pages]
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { Client, Pool } from 'pg';
import { openRollback } from '../src/backfills/rollback.ts';
import type { Change } from '../src/domain/change.ts';
import type { Position } from '../src/domain/page.ts';
import type { PageWork } from '../src/stores/journal.ts';
import { createPostgresJournal } from '../src/stores/postgres-journal/index.ts';

const PAGE = 250;
const pages = Number(process.argv[2] ?? 20);

const server = process.env.DATABASE_URL;
if (!server) throw new Error('DATABASE_URL is not set: point it at a PostgreSQL that may create databases');
const name = `bench_${randomBytes(6).toString('hex')}`;
const admin = new Client({ connectionString: server });
await admin.connect();
await admin.query(`CREATE DATABASE ${name}`);
const pool = new Pool({ connectionString: Object.assign(new URL(server), { pathname: `/${name}` }).href });
pool.on('error', () => {});
try {
  await pool.query(`
    CREATE TABLE images (id uuid PRIMARY KEY, vehicle_id uuid, file_name text, ai_scan_metadata jsonb,
      ai_last_scanned timestamptz, ai_component_count int, ai_avg_confidence numeric(5, 2), is_document boolean,
      document_category text);
    CREATE TABLE image_tags (id uuid PRIMARY KEY, image_id uuid NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      step text, position int, tag text, confidence numeric, box jsonb, UNIQUE (image_id, step, position));`);
  const journal = createPostgresJournal(pool);
  await journal.migrate();
  for (const [shape, changesOf] of Object.entries({
    'one field': oneField,
    'vehicle-images': vehicleImages,
  })) {
    for (const together of [1, 2]) {
      const ids = Array.from({ length: pages * PAGE }, () => randomUUID());
      await pool.query('INSERT INTO images (id) SELECT unnest($1::uuid[])', [ids]);
      const runId = `${shape} ${together}`;
      await journal.openRun({ runId, backfill: 'bench' });
      const work = Array.from({ length: pages }, (_, n) =>
        pageWork(ids.slice(n * PAGE, (n + 1) * PAGE), changesOf),
      );
      const ms = await commitAll(runId, work, together);
      const rate = Math.round((pages * PAGE) / (ms.total / 1000));
      console.log(
        `${shape}, ${together} page${together > 1 ? 's' : ''} at once: ${rate} items/s, ${ms.median.toFixed(0)} ms per page of ${PAGE}`,
      );
    }
  }

  const { fields, ms } = await rollBack('vehicle-images 1');
  console.log(`rollback: ${Math.round(fields / (ms / 1000))} fields/s, ${fields} fields`);

  async function rollBack(runId: string) {
    await journal.closeRun(runId);
    await journal.openRun({ runId: 'rollback', backfill: 'rollback' });
    const { source } = openRollback(journal, runId);
    const scope = { id: 'journal', firstUnit: 'journal', lastUnit: 'journal', units: 1, items: 0 };
    const start = performance.now();
    let fields = 0;
    let after: Position | null = null;
    for (let page = 0; ; page++) {
      const selection = { only: 'all' as const, watermark: '' };
      const items = await source.read({ runId: 'rollback', selection, scope, after, limit: 500 });
      const last = items.at(-1);
      if (!last) return { fields, ms: performance.now() - start };
      after = { unit: last.unit, id: last.id };
      const work = pageWork(
        items.map(({ id }) => id),
        (seq) => [{ kind: 'restore', seq }],
      );
      const receipt = await journal.commit(
        { runId: 'rollback', scope: 'journal', page: `${page}`, fence: 1 },
        work,
      );
      fields += receipt.counts.written;
    }
  }

  async function commitAll(runId: string, work: PageWork[], together: number) {
    const took: number[] = [];
    const queue = [...work.entries()];
    const start = performance.now();
    const lane = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const begun = performance.now();
        await journal.commit({ runId, scope: 'unit', page: `unit/${next[0]}`, fence: 1 }, next[1]);
        took.push(performance.now() - begun);
      }
    };
    await Promise.all(Array.from({ length: together }, lane));
    took.sort((a, b) => a - b);
    return { total: performance.now() - start, median: took[took.length >> 1] ?? 0 };
  }
} finally {
  await pool.end();
  await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await admin.end();
}

function pageWork(ids: string[], changesOf: (id: string) => Change[]): PageWork {
  return {
    results: ids.map((item) => ({ item, unit: 'u', status: 'written', tries: 1 })),
    changes: new Map(ids.map((id) => [id, changesOf(id)])),
    position: null,
    done: false,
    read: ids.length,
    missing: 0,
    hold: 'hold',
  };
}

function oneField(id: string): Change[] {
  return [{ kind: 'fields', table: 'images', id, fields: { is_document: false }, by: {} }];
}

/** Nine fields with fingerprints in three changes, and two sets of rows, five rows in all. */
function vehicleImages(id: string): Change[] {
  const by = { callKey: randomBytes(32).toString('hex'), model: 'gpt-4o', promptVersion: 'appraise/3' };
  const nothing = '37a6259cc0c1dae299a7866489dff0bd';
  const box = { left: 0.1234, top: 0.2345, width: 0.3456, height: 0.4567 };
  const labels = Array.from({ length: 12 }, (_, n) => ({
    name: `label ${n}`,
    confidence: 91.23,
    instances: [{ confidence: 90.1, box }],
  }));
  const image = (fields: Record<string, unknown>): Change => ({
    kind: 'fields',
    table: 'images',
    id,
    fields: fields as never,
    seen: Object.fromEntries(
      Object.keys(fields).map((field) => [field, field.includes('.') ? null : nothing]),
    ),
    by,
  });
  const tags = (step: string, count: number): Change => ({
    kind: 'rows',
    table: 'image_tags',
    owner: { image_id: id, step },
    rows: Array.from({ length: count }, (_, position) => ({
      id: randomUUID(),
      position,
      tag: `tag ${position}`,
      confidence: 91.23,
      box,
    })),
    by,
  });
  return [
    image({ 'ai_scan_metadata.rekognition': { labels } }),
    tags('rekognition', 3),
    image({ is_document: false, document_category: null, 'ai_scan_metadata.spid': null }),
    image({ 'ai_scan_metadata.appraiser': { summary: 'x'.repeat(400), labels } }),
    tags('appraiser', 2),
    image({
      'ai_scan_metadata.scanned_at': '2026-01-01T00:00:00Z',
      ai_last_scanned: '2026-01-01T00:00:00Z',
      ai_component_count: 5,
      ai_avg_confidence: 91.234,
    }),
  ];
}
