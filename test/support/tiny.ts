import type pg from 'pg';
import { Pool as HttpPool } from 'undici';
import { z } from 'zod';
import type { Backfill, BackfillDefinition, Item, Source, Surroundings } from '../../src/backfills/define.ts';
import type { PaidCall } from '../../src/domain/call.ts';
import { CallFailure, RunPaused, UsageError } from '../../src/domain/failure.ts';

/**
 * The smallest backfill there is: one table, one tiny paid call per row, one column written. With it the
 * engine can be watched without any backfill's own work.
 */
const options = z.object({
  /** Where the provider answers. */
  provider: z.url(),
  table: z.string(),
  /** Lets its check say that the run did not do what it should. */
  verifyFails: z.boolean().optional(),
});

interface TinyRow {
  question: string;
  seen: string;
}

export const tiny: BackfillDefinition<typeof options> = {
  name: 'tiny',
  summary: 'asks one tiny question per row',
  options,
  version: '1',
  keeps: 'postgres',
  expects: () => [{ provider: 'openai', model: 'tiny', operation: 'tiny', promptVersion: '1', share: 1 }],
  open: ({ postgres }, options) => openTiny(postgres, options),
};

/** The same under a name of its own: one run may be open per name. */
export function tinyNamed(name: string, { version = tiny.version } = {}): BackfillDefinition {
  return { ...tiny, name, version } as unknown as BackfillDefinition;
}

/** Worst case and price of a call, in nanodollars. */
export const TINY_WORST_CASE = 2_000_000;
export const TINY_COST = 1_000_000;

function openTiny(postgres: pg.Pool, { provider, table, verifyFails }: z.infer<typeof options>): Backfill {
  const http = new HttpPool(provider, { connections: 64 });
  return {
    async check() {
      const { rowCount } = await postgres.query('SELECT 1 FROM pg_class WHERE oid = to_regclass($1)', [
        table,
      ]);
      if (!rowCount) throw new UsageError(`table ${table} not found`);
      return [];
    },
    async prepare() {},
    source: tinySource(postgres, table),
    async process(item, ask) {
      const { question, seen } = item.row as TinyRow;
      if (question.startsWith('crash')) process.kill(process.pid, 'SIGKILL');
      const answer = await ask(tinyCall(http, question));
      return {
        kind: 'write',
        changes: [
          {
            kind: 'fields',
            table,
            id: item.id,
            fields: { answer: answer.value },
            seen: { answer: seen },
            by: { callKey: answer.callKey, model: answer.model, promptVersion: answer.promptVersion },
          },
        ],
      };
    },
    verify: async () => [{ title: 'Answers', columns: [], rows: [], passed: !verifyFails }],
  };
}

/** What makes one tiny question the same as another. */
export function tinyIdentity(question: string) {
  return {
    provider: 'openai' as const,
    model: 'tiny',
    operation: 'tiny',
    promptVersion: '1',
    parameters: {},
    contentHash: question,
  };
}

function tinyCall(http: HttpPool, question: string): PaidCall<string> {
  return {
    ...tinyIdentity(question),
    parse: (body) => z.object({ answer: z.string() }).parse(body).answer,
    prepare: async () => ({
      worstCase: TINY_WORST_CASE,
      async send() {
        const reply = await http
          .request({ path: `/${encodeURIComponent(question)}`, method: 'POST', bodyTimeout: 10_000 })
          .catch((error: unknown) => {
            throw new CallFailure('unknown', 'call-unknown', 'the connection was cut', { cause: error });
          });
        const body = await reply.body.json();
        if (reply.statusCode === 200) return { body: z.json().parse(body), cost: TINY_COST };
        if (reply.statusCode === 400) throw new CallFailure('refused', 'call-rejected', 'HTTP 400');
        if (reply.statusCode === 401) throw badKey();
        if (reply.statusCode === 429)
          throw new CallFailure('refused', 'call-throttled', 'throttled', { retryAfterMs: 200 });
        throw new CallFailure('unknown', 'call-unknown', `HTTP ${reply.statusCode}`);
      },
    }),
  };
}

function badKey(): RunPaused {
  return new RunPaused({ kind: 'configuration', message: 'the tiny provider does not know this key' });
}

function tinySource(postgres: pg.Pool, table: string): Source {
  const selected = `answer IS NULL`;
  return {
    async survey(_runId, selection) {
      const { rows } = await postgres.query(
        `SELECT count(*)::int AS items, count(DISTINCT unit)::int AS units FROM ${table} WHERE ${selected}`,
      );
      return { ...rows[0], skipped: {}, selection };
    },
    async units(_runId, _selection, after, limit) {
      const { rows } = await postgres.query(
        `SELECT unit, count(*)::int AS items FROM ${table}
         WHERE ${selected} AND ($1::text IS NULL OR unit > $1) GROUP BY unit ORDER BY unit LIMIT $2`,
        [after, limit],
      );
      return rows;
    },
    async read({ scope, after, limit }) {
      const { rows } = await postgres.query(
        `SELECT id::text, unit, question, md5((to_jsonb(t)->'answer')::text) AS seen FROM ${table} t
         WHERE ${selected} AND unit >= $1 AND unit <= $2 AND ($3::text IS NULL OR (unit, id) > ($3, $4::uuid))
         ORDER BY unit, id LIMIT $5`,
        [scope.firstUnit, scope.lastUnit, after?.unit ?? null, after?.id ?? null, limit],
      );
      return rows.map(toItem);
    },
    /** One of each unit, then a second one of each. */
    async sample({ size, seed }) {
      const { rows } = await postgres.query(
        `SELECT id::text, unit, question, md5((to_jsonb(t)->'answer')::text) AS seen
         FROM (SELECT *, md5(id::text || $1) AS chance FROM ${table}) t WHERE ${selected}
         ORDER BY row_number() OVER (PARTITION BY unit ORDER BY chance), chance LIMIT $2`,
        [String(seed), size],
      );
      return rows.map(toItem);
    },
    async readByIds(_runId, ids) {
      const { rows } = await postgres.query(
        `SELECT id::text, unit, question, md5((to_jsonb(t)->'answer')::text) AS seen FROM ${table} t WHERE id = ANY($1::uuid[])`,
        [ids],
      );
      return rows.map(toItem);
    },
  };
}

function toItem({ id, unit, ...row }: { id: string; unit: string } & TinyRow): Item {
  return { id, unit, row };
}

/** Makes a table of `units` × `itemsPerUnit` rows, each with a question of its own. */
export async function createTinyTable(
  { postgres }: Pick<Surroundings, 'postgres'>,
  table: string,
  units: number,
  itemsPerUnit: number,
): Promise<void> {
  await postgres.query(
    `CREATE TABLE ${table} (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), unit text NOT NULL, question text NOT NULL, answer text)`,
  );
  await postgres.query(
    `INSERT INTO ${table} (unit, question)
     SELECT 'unit-' || lpad(u::text, 6, '0'), $1 || '-' || u || '-' || i
     FROM generate_series(1, $2::int) u, generate_series(1, $3::int) i`,
    [table, units, itemsPerUnit],
  );
  await postgres.query(`CREATE INDEX ON ${table} (unit, id)`);
  await postgres.query(`ANALYZE ${table}`);
}
