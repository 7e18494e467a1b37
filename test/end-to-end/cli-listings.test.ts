import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VerifyTable } from '../../src/backfills/define.ts';
import { generateListings } from '../../src/stack/listings/generate.ts';
import { planListings } from '../../src/stack/listings/plan.ts';
import { judgedQueries } from '../../src/stack/listings/queries.ts';
import { type Listings, type ListingWorld, openListingWorld } from '../support/listing-world.ts';
import { launch, type Outcome } from './cli-world.ts';

/** Each listing of so few has a workflow of its own. */
const SIZE = { listings: 60, images: [3, 7] } as const;
const TEXT = 'visual_features_text';
const FIELDS = ['exterior_visual_features', 'interior_visual_features', 'amenities_visual_features'];

const plan = planListings(SIZE);
let world: ListingWorld;
let before: Listings;
let folder: string;
/** Listings with every image in the cache. */
let ids: string[];
let runId: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'backfill-listings-'));
  world = await openListingWorld(SIZE);
  before = await world.dump();
  const usual = [...generateListings(plan)].filter(({ cover, oddity }) => cover === 'full' && !oddity);
  ids = usual.map(({ zpid }) => zpid);
  await world.hire();
}, 120_000);
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true });
});

function backfill(command: string, ...args: string[]): Promise<Outcome> {
  return launch('backfill', [command, 'listing-features', ...world.flags, ...args], world.env).outcome;
}

function start(args: string[], stdin?: string): Promise<Outcome> {
  return launch('start-backfill', ['listing-features', ...world.flags, ...args], world.env, stdin).outcome;
}

function done(outcome: Outcome): Outcome {
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
  return outcome;
}

const tablesOf = (outcome: Outcome, key = 'tables') => done(outcome).json()[key] as VerifyTable[];

describe('before a run', () => {
  test('an estimate tells reads, updates and what is spared, and no model call', async () => {
    const told = done(await backfill('estimate', '--json')).json();
    const images = [...before.values()].flatMap((one) => one.image_vectors ?? []).length;
    const [reads, updates] = told.sideCosts as { what: string; amount: number; usd: number }[];
    expect(reads?.what).toBe('cache reads');
    expect(Math.abs((reads?.amount ?? 0) - images)).toBeLessThan(10);
    expect(updates).toMatchObject({ what: 'index updates', amount: told.items });
    expect(told.cost).toMatchObject({ expectedUsd: (reads?.usd ?? 0) + (updates?.usd ?? 0) });

    const { stdout } = done(await backfill('estimate'));
    expect(stdout).toMatch(/model calls +\$0\.00, none/);
    expect(stdout).toMatch(
      /\d+ cache reads +less than \$0\.0001\n +\d+ index updates +\$0\.00\d+\n +cost +\$0\.00\d+\n/,
    );
    expect(stdout).toMatch(/spared +\d+ image analyses at \$0\.0002: \$0\.0\d+/);
    expect(stdout).toMatch(/time +no rate limits it/);
    expect(stdout).not.toMatch(/asked of|guess|--sample/);
  });

  test('a dry run shows the three texts beside what is there, writes nothing, and takes ids from stdin', async () => {
    const { stdout } = done(await start(['--dry-run', '--ids', '-'], ids.slice(0, 2).join('\n')));
    expect(stdout).toMatch(/items +2\n/);
    for (const id of ids.slice(0, 2)) expect(stdout).toContain(`Listing ${id}: `);
    expect(stdout).toContain(`${before.get(ids[0] ?? '')?.[TEXT]}`);
    expect(stdout.match(/^ +exterior_visual_features\n +now +–\n +after a run +\S/gm)).toHaveLength(2);
    expect(await world.dump()).toEqual(before);
  });

  test('a dry run with a limit shows what it would write into some of these listings', async () => {
    const dry = done(await start(['--dry-run', '--json', '--limit', '3'])).json();
    expect(dry).toMatchObject({ items: 3 });
    expect(dry.previews).toHaveLength(3);
    expect(done(await start(['--dry-run', '--json'])).json()).not.toHaveProperty('previews');
  });

  test('coverage counts listings by how much of them the cache has', async () => {
    const [listings] = tablesOf(await backfill('coverage', '--all', '--json'));
    const { full, partial, none, 'no images': empty } = world.sample.cover;
    const [all = 0, some = 0, ...others] = (listings?.rows ?? []).map(([, count]) => Number(count));
    // What is in the cache and cannot be read covers nothing.
    expect([all + some, ...others]).toEqual([full + partial, none, empty]);
    expect(all).toBeGreaterThan(0.7 * full);
    const { stdout } = done(await backfill('coverage', '--sample', '20'));
    expect(stdout).toContain('20 of 60 listings');
  });

  test('there is nothing to verify yet, and it says so', async () => {
    const verify = await backfill('verify');
    expect(verify).toMatchObject({ code: 2, stdout: '' });
    expect(verify.stderr).toContain('nothing to verify');
  });

  test('an export is the whole field, under a name that it takes when it is complete', async () => {
    const out = path.join(folder, 'backup.json');
    const { stderr } = done(await backfill('export', '--field', TEXT, '--out', out));
    const held = [...before].flatMap(([zpid, { [TEXT]: text }]) => (text ? [[zpid, text] as const] : []));
    expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(Object.fromEntries(held));
    expect(stderr).toContain(`exported ${TEXT} of ${held.length} items to ${out}`);
    const { stdout } = done(await backfill('export', '--field', TEXT, '--out', '-'));
    expect(JSON.parse(stdout)).toEqual(Object.fromEntries(held));
    expect(await backfill('export', '--field', 'no_such', '--out', out)).toMatchObject({ code: 2 });
  });
});

describe('one listing', () => {
  test('is written at once and compared with what was there, and can be undone', async () => {
    const [id = ''] = ids;
    const one = done(await backfill('one', id));
    expect(one.stdout).toMatch(new RegExp(`^Listing ${id}, before run \\S+ and now$`, 'm'));
    expect(one.stdout).toMatch(/^ +exterior_visual_features\n +before +–\n +now +\S/m);
    const after = (await world.dump()).get(id);
    for (const field of FIELDS) expect(after?.[field], field).toBeTruthy();
    const [run] = await world.client.runs();
    expect(one.stderr).toContain(`'backfill rollback ${run?.runId}' undoes this run`);
    done(await launch('backfill', ['rollback', run?.runId ?? '', '--yes'], world.env).outcome);
    expect(await world.dump()).toEqual(before);
  });

  test('that is not there is told, and fails', async () => {
    const none = await backfill('one', 'nobody', '--json');
    expect(none).toMatchObject({ code: 1 });
    expect(none.json()).toMatchObject({ runId: null, status: 'empty' });
    const some = await backfill('one', 'nobody', ids[1] ?? '', '--json');
    expect(some, some.stderr).toMatchObject({ code: 1 });
    expect(some.stderr).toContain('1 of 2 ids name no item');
    expect(some.json()).toMatchObject({ status: 'done', counts: { written: 1, total: 1 } });
  });
});

describe('a run', () => {
  test('is started and ends with its own check passed', async () => {
    const report = done(await start(['--yes', '--json'])).json();
    runId = String(report.runId);
    expect(report).toMatchObject({ status: 'done', cost: { spentUsd: 0 } });
  });

  test('is verified with searches whose right answers are known', async () => {
    const queries = path.join(folder, 'queries.json');
    await writeFile(queries, JSON.stringify(judgedQueries(plan).slice(0, 5)));
    const verify = await backfill('verify', '--queries', queries, '--seed', '1', '--json');
    const titles = (verify.json().tables as VerifyTable[]).map(({ title }) => title);
    expect(titles).toEqual([
      expect.stringContaining('Fields of 60 listings'),
      expect.stringContaining('(seed 1)'),
      expect.stringContaining('Search: precision'),
    ]);
    expect([0, 1]).toContain(verify.code);
  });

  test('is compared, before and after, for the ids of a file or for some', async () => {
    const file = path.join(folder, 'ids.txt');
    await writeFile(file, ids.slice(2, 4).join('\n'));
    const tables = tablesOf(await backfill('compare', '--ids', file, '--json'));
    expect(tables.map(({ title }) => title)).toEqual(
      ids.slice(2, 4).map((id) => `Listing ${id}, before run ${runId} and now`),
    );
    expect(tablesOf(await backfill('compare', '--limit', '3', '--json'))).toHaveLength(3);
  });

  test('is seen by every command that tells of runs, without PostgreSQL', async () => {
    for (const args of [['list'], ['status', 'listing-features'], ['report', 'listing-features']]) {
      const told = done(await launch('backfill', [...args, '--json'], world.env).outcome);
      expect(told.stdout).toContain(runId);
    }
    const failures = await launch('backfill', ['failures', runId, '--json'], world.env).outcome;
    expect(failures.json()).toMatchObject({ runId });
  });

  test('is rolled back, and with it the one before: every document is what it was', async () => {
    for (const { runId: one } of await world.client.runs()) {
      if ((await world.client.run(one)).state !== 'done') continue;
      done(await launch('backfill', ['rollback', one, '--yes'], world.env).outcome);
    }
    expect(await world.dump()).toEqual(before);
  });
});

describe('sample listings for a stack', () => {
  const stackOf = (listings: number) =>
    launch(
      'backfill',
      ['stack', '--no-worker', '--listings', String(listings), '--data-dir', folder],
      world.env,
    );

  afterAll(async () => {
    const dynamodb = new DynamoDBClient({});
    await world.opensearch.indices.delete({ index: 'listings-v2' });
    await dynamodb.send(new DeleteTableCommand({ TableName: 'hearth-vision-cache' }));
    dynamodb.destroy();
  });

  test('are loaded with searches to verify them by, and never beside other data', async () => {
    const stack = stackOf(8);
    await stack.said(/servers run/);
    stack.child.kill('SIGINT');
    expect((await stack.outcome).stderr).toMatch(/8 listings with \d+ images in listings-v2/);
    const queries = JSON.parse(await readFile(path.join(folder, 'listing-queries.json'), 'utf8'));
    expect(queries[0]).toMatchObject({ query: expect.any(String), relevant: [expect.any(String)] });

    const other = await stackOf(9).outcome;
    expect(other).toMatchObject({ code: 2 });
    expect(other.stderr).toContain('index listings-v2 holds another sample');
    await world.opensearch.indices.delete({ index: 'listings-v2' });
    await world.opensearch.indices.create({ index: 'listings-v2' });
    const refused = await stackOf(8).outcome;
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('index listings-v2 holds data of its own');
  });
});
