import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { alive, type CliWorld, createCliWorld, type Outcome } from './cli-world.ts';

const FIELDS =
  'total processed succeeded failed startTime lastProcessedId estimatedTimeRemaining failedImages';
const FAST = ['--yes', '--rps', 'rekognition=500'];
/** Small pages, one after another. */
const MANY_PAGES = [...FAST, '--page', '4', '--window', '1', '--concurrency', '2'];

interface Progress {
  total: number;
  processed: number;
  succeeded: number;
  failed: number;
  lastProcessedId: string;
  estimatedTimeRemaining: string;
  failedImages: { id: string; url: string; error: string }[];
}

let world: CliWorld;
let folder: string;
let file: string;
beforeAll(async () => {
  world = await createCliWorld(60);
  folder = await mkdtemp(path.join(tmpdir(), 'backfill-watch-'));
  file = path.join(folder, 'progress.json');
}, 120_000);
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true });
});

describe('before anything starts', () => {
  test('a progress file that is not ours, or has no place, is refused, and stays as it is', async () => {
    const mine = path.join(folder, 'package.json');
    await writeFile(mine, '{"name": "mine"}');
    const foreign = await start('--progress-file', mine);
    expect(foreign).toMatchObject({ code: 2, stdout: '' });
    expect(foreign.stderr).toContain('is no progress file: it stays as it is');
    const nowhere = await world.backfill(
      'watch',
      '--progress-file',
      path.join(folder, 'none', 'progress.json'),
    );
    expect(nowhere).toMatchObject({ code: 2, stdout: '' });
    expect(nowhere.stderr).toContain('make it first');
    expect(await readFile(mine, 'utf8')).toBe('{"name": "mine"}');
    expect(await readdir(folder)).toEqual(['package.json']);
  });

  test('with --detach nobody watches, so a hook is refused with what would be right', async () => {
    const refused = await start('--detach', '--after', 'true');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(
      /--after is done by the command that watches.*\nhint: .*leave --detach out/,
    );
  });

  test('where --before fails, nothing is started', async () => {
    const refused = await start('--before', 'ls /no/such/folder');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /before: ls: .*\n--before failed: ended with exit code 2\nnothing was started/,
    );
    expect((await world.backfill('list', '--json')).json()).toEqual({ runs: [] });
  });
});

describe('a run that is watched', () => {
  let done: Outcome;
  const seen: Progress[] = [];
  const calls = () => readCalls(path.join(folder, 'calls'));

  beforeAll(async () => {
    await world.simulator({ latencyMs: 60 });
    const hook = await recorder(path.join(folder, 'calls'));
    const running = world.launch(
      'start-backfill',
      'vehicle-images',
      ...MANY_PAGES,
      '--verbose',
      '--json',
      ...['--progress-file', file, '--before', `${hook} before`, '--after-page', `${hook} page`],
      ...['--after', `${hook} after "two words" '"quoted"' $(rm -rf x)`],
    );
    const ended = running.outcome.then(() => true);
    while (!(await Promise.race([ended, sleep(1, false)]))) {
      const text = await readFile(file, 'utf8').catch(() => null);
      if (text !== null) seen.push(JSON.parse(text));
    }
    done = await running.outcome;
    await world.simulator({ latencyMs: 0 });
  }, 60_000);

  test('its progress file is never seen half written, and grows', () => {
    expect(done, done.stderr).toMatchObject({ code: 3 });
    expect(seen.length).toBeGreaterThan(50);
    const processed = seen.map((one) => one.processed);
    expect(processed).toEqual(processed.toSorted((a, b) => a - b));
    expect(new Set(processed).size).toBeGreaterThan(2);
    for (const one of seen) expect(Object.keys(one).join(' ')).toBe(FIELDS);
  });

  test('in the end the file tells what the report tells, and where each failed image is', async () => {
    const last: Progress = JSON.parse(await readFile(file, 'utf8'));
    const { counts } = done.json() as { counts: Record<string, number> };
    expect(last).toMatchObject({
      total: 41,
      processed: 41,
      failed: counts.failed,
      estimatedTimeRemaining: '0 s',
    });
    expect(last.succeeded).toBe((counts.written ?? 0) + (counts.cached ?? 0));
    expect(last.failedImages).toHaveLength(3);
    const { rows } = await world.postgres.query(
      'SELECT id::text, coalesce(image_url, storage_path) AS url FROM vehicle_images',
    );
    for (const { id, url, error } of last.failedImages) {
      expect(rows).toContainEqual({ id, url });
      expect(error).toMatch(/^image-(not-found|undecodable): \S/);
    }
    expect(rows.map(({ id }) => id)).toContain(last.lastProcessedId);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('--verbose sums up after pages, and names each item that failed, with its class', () => {
    for (const line of [/total +41 items/, /processed +\d+ \(\d+\.\d %\)/, /succeeded +\d+/, /failed +\d+/])
      expect(done.stderr).toMatch(line);
    for (const line of [/elapsed +\d+ s/, /avg per item +[\d,]+ ms/, /ETA +\d+ s/])
      expect(done.stderr).toMatch(line);
    expect(done.stderr.match(/^failed [0-9a-f-]{36} {2}image-/gm)).toHaveLength(3);
  });

  test('hooks know the run and how far it is, and get no key of ours', async () => {
    const [before, ...others] = await calls();
    const after = others.at(-1);
    const { runId } = done.json();
    expect(before).toMatchObject({ argv: ['before'], env: { RUN_ID: '', STATUS: 'planned', TOTAL: '40' } });
    expect(after?.env).toMatchObject({
      RUN_ID: runId,
      NAME: 'vehicle-images',
      STATUS: 'done',
      PROCESSED: '41',
    });
    expect(after?.env).toMatchObject({ TOTAL: '41', FAILED: '3' });
    expect([before, ...others].flatMap((call) => call?.keys)).toEqual([]);
    expect(done.stderr).toContain('after: called after');
  });

  test('the hook after pages is called one at a time, each time with more, and at last with all', async () => {
    const pages = (await calls()).filter(({ argv }) => argv[0] === 'page');
    const processed = pages.map(({ env }) => Number(env.PROCESSED));
    expect(pages.length).toBeGreaterThan(2);
    expect(processed).toEqual([...new Set(processed)].toSorted((a, b) => a - b));
    expect(processed.at(-1)).toBe(41);
    for (const [at, { from }] of pages.entries())
      expect(from).toBeGreaterThanOrEqual(pages[at - 1]?.until ?? 0);
  });

  test('words of a hook arrive as text, and no shell sees them', async () => {
    const after = (await calls()).at(-1);
    expect(after?.argv).toEqual(['after', 'two words', '"quoted"', '$(rm', '-rf', 'x)']);
  });

  test('its report has the lines of the summary', async () => {
    const { stdout } = await world.backfill('report');
    for (const line of [
      /processed +41 \(100\.0 %\)/,
      /succeeded +\d+/,
      /elapsed +\d+ s/,
      /avg per item +[\d,]+ ms/,
    ])
      expect(stdout).toMatch(line);
  });
});

describe('what goes wrong beside a run does not stop it', () => {
  test('a hook that hangs is ended with what it has started, and one that is not there is told', async () => {
    const pid = path.join(folder, 'pid');
    const hanging = path.join(folder, 'hang.cjs');
    await writeFile(
      hanging,
      `const child = require('node:child_process').spawn('sleep', ['120'], { stdio: 'inherit' });
       require('node:fs').writeFileSync(${JSON.stringify(pid)}, String(child.pid));
       setInterval(() => {}, 1000);`,
    );
    const again = await start(
      ...['--only', 'failed', '--hook-timeout', '1', '--after-page', `${process.execPath} ${hanging}`],
      ...['--after', 'no-such-command-of-ours'],
    );
    expect(again, again.stderr).toMatchObject({ code: 3 });
    expect(again.stderr).toContain('--after-page failed: took longer than 1 s, and was ended');
    expect(again.stderr).toContain('--after failed: there is no such command');
    const left = Number(await readFile(pid, 'utf8'));
    await vi.waitFor(() => expect(alive([left])).toEqual([]), 5_000);
  });

  test('a folder that goes away under the progress file is told once', async () => {
    const gone = path.join(folder, 'gone');
    await mkdir(gone);
    const again = await start(
      ...[
        '--only',
        'failed',
        '--progress-file',
        path.join(gone, 'progress.json'),
        '--before',
        `rm -r ${gone}`,
      ],
    );
    expect(again, again.stderr).toMatchObject({ code: 3 });
    expect(again.stderr.match(/is not up to date: ENOENT/g)).toHaveLength(1);
  });
});

describe('backfill watch', () => {
  test('Ctrl-C leaves the file with what was known, and the run goes on without the hook of its end', async () => {
    await world.simulator({ latencyMs: 1_000 });
    const started = await start(
      '--only',
      'all',
      '--model',
      'gpt-4o-mini',
      '--concurrency',
      '2',
      '--detach',
      '--json',
    );
    expect(started, started.stderr).toMatchObject({ code: 0 });
    await rm(file);
    const watching = world.launch('backfill', 'watch', '--progress-file', file, '--after', 'echo over');
    await watching.said(/running/);
    watching.child.kill('SIGINT');
    const left = await watching.outcome;
    expect(left, left.stderr).toMatchObject({ code: 130 });
    expect(left.stderr).not.toContain('after: over');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ total: 61 });

    const again = world.launch(
      'backfill',
      'watch',
      '--progress-file',
      file,
      '--after',
      'printenv BACKFILL_STATUS',
    );
    await again.said(/running/);
    await world.backfill('cancel', 'vehicle-images', '--yes');
    const ended = await again.outcome;
    expect(ended, ended.stderr).toMatchObject({ code: 1 });
    expect(ended.stderr).toContain('after: cancelled');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ estimatedTimeRemaining: 'unknown' });
    await world.simulator({ latencyMs: 0 });
  }, 60_000);
});

describe('report --trend', () => {
  test('tells what was analysed when, by day, week or month', async () => {
    const told = await world.backfill('report', 'vehicle-images', '--trend', '--json');
    expect(told, told.stderr).toMatchObject({ code: 0 });
    const { tables } = told.json() as { tables: { columns: string[]; rows: (string | number)[][] }[] };
    const { rows } = await world.postgres.query(
      `SELECT to_char(date_trunc('week', ai_last_scanned AT TIME ZONE 'UTC'), 'YYYY-MM-DD') AS week, count(*)::int AS n
         FROM vehicle_images WHERE ai_last_scanned IS NOT NULL AND vehicle_id IS NOT NULL GROUP BY 1 ORDER BY 1`,
    );
    expect(tables[0]?.rows.map(([week, n]) => ({ week, n }))).toEqual(rows);
    const monthly = await world.backfill('report', '--trend', '--by', 'month');
    expect(monthly.stdout).toMatch(/month from +analysed/);
    expect(monthly.stdout).toMatch(/\d{4}-\d\d-01/);
  });

  test('a backfill that has none says so, and names those that have one', async () => {
    const none = await world.backfill('report', 'zip-predictions', '--trend');
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toMatch(/zip-predictions tells no trend\nhint: .*vehicle-images/);
  });
});

function start(...flags: string[]): Promise<Outcome> {
  return world.start(...FAST, ...flags);
}

interface Call {
  argv: string[];
  /** Without `BACKFILL_`. */
  env: Record<string, string>;
  keys: string[];
  from: number;
  until: number;
}

/** A command that writes down how it was called, each call in a file of its own. */
async function recorder(calls: string): Promise<string> {
  await mkdir(calls);
  const program = path.join(folder, 'record.cjs');
  await writeFile(
    program,
    `const from = Date.now();
     const argv = process.argv.slice(2);
     console.log('called ' + argv[0]);
     const names = Object.keys(process.env);
     const env = Object.fromEntries(names.map((name) => [name.replace('BACKFILL_', ''), process.env[name]]));
     const keys = names.filter((name) => /^(AWS|OPENAI|TEMPORAL|PG)|^(DATABASE|OPENSEARCH)_URL$/.test(name));
     setTimeout(() => {
       const call = JSON.stringify({ argv, env, keys, from, until: Date.now() });
       require('node:fs').writeFileSync(${JSON.stringify(calls)} + '/' + from + '-' + process.pid, call);
     }, 300);`,
  );
  return `${process.execPath} ${program}`;
}

/** In the order of their beginning. */
async function readCalls(calls: string): Promise<Call[]> {
  const names = (await readdir(calls)).toSorted();
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(path.join(calls, name), 'utf8'))));
}
