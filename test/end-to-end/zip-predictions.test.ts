import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/domain/settings.ts';
import {
  openPredictionWorld,
  PREDICTIONS,
  type PredictionWorld,
  rowsOf,
  stateOf,
} from '../support/prediction-world.ts';

const LONG = 300_000;
const SMALL = ['dalia', 'Patricia', 'mixed-0919'];
/** The whole plan has 191,216 photos; bench/zip-predictions-plan.ts takes them all. */
const ONE_IN = 150;

let world: PredictionWorld;

beforeAll(async () => {
  world = await openPredictionWorld({ oneIn: ONE_IN });
}, LONG);
afterAll(() => world?.close(), LONG);

function verified(of: PredictionWorld, options = {}) {
  const settings = { ...DEFAULT_SETTINGS, options: { sourceDir: of.sources, ...options } };
  return of.client.surroundings.backfillOf({ backfill: PREDICTIONS, settings }).verify();
}

async function linesOf(file: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(file, 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('the 21 projects', { timeout: LONG }, () => {
  const left = () => world.projects.filter(({ done }) => !done);

  test('get a sound database each, but for the one that is done; nothing under the sources changes', async () => {
    const before = await stateOf(world.sources);
    await world.hire();
    const run = await world.run();
    const images = left().reduce((sum, project) => sum + project.images, 0);
    const done = world.projects.find((project) => project.done)?.images ?? 0;
    expect(world.projects.length).toBe(21);
    expect(run.counts).toMatchObject({ total: images + done, written: images, skipped: done, failed: 0 });
    expect(run.classes).toEqual({ done });
    for (const { id, images: count } of left()) {
      expect(rowsOf(world.database(id)).images?.length).toBe(count);
    }
    const [table] = await verified(world);
    expect(table?.passed).toBe(true);
    expect(table?.rows.filter((row) => row.at(-1) === 'sound').length).toBe(20);
    expect(await stateOf(world.sources)).toEqual(before);
  });

  test('are told in the log, a line each, and in a summary at the end', async () => {
    const log = await linesOf(world.at('data/ai_data/batch_predictions_log.jsonl'));
    expect(log.map(({ project_id }) => project_id).sort()).toEqual(
      left()
        .map(({ id }) => id)
        .sort(),
    );
    const names = await readdir(world.at('data/ai_data'));
    const [summary] = names.filter((name) => /^batch_predictions_summary_\d{14}\.json$/.test(name));
    const told = JSON.parse(await readFile(world.at('data/ai_data', summary ?? ''), 'utf8'));
    expect(told).toMatchObject({ status: 'done', projects_completed: 20 });
  });

  test('have nothing left to do for a second run', async () => {
    expect(await world.startIfAny()).toBeNull();
  });

  test('are taken small ones first', async () => {
    const source = world.client.surroundings.backfillOf({
      backfill: PREDICTIONS,
      settings: { ...DEFAULT_SETTINGS, options: { sourceDir: world.sources, force: true } },
    }).source;
    const units = await source.units('none', { only: 'missing', watermark: '' }, null, 100);
    const sizes = new Map(left().map(({ id, images }) => [id, images]));
    expect(units.map(({ items }) => items)).toEqual([...sizes.values()].sort((a, b) => a - b));
    for (const { unit, items } of units) expect(sizes.get(unit)).toBe(items);
  });
});

test(
  'a worker killed in the middle of a project costs what was in flight, and the database is as of an undisturbed run',
  {
    timeout: LONG,
  },
  inAnother(async (other) => {
    const projects = ['mojo2', 'jmlimages-random'];
    const index = other.at('data/ai_data/cache/processed_images.jsonl');
    const known = async () => (existsSync(index) ? (await linesOf(index)).length : 0);
    const run = await other.start({ options: { projects }, settings: { page: 50 } });
    let killed = 0;
    for (const least of [40, 200]) {
      const worker = await other.hire();
      while ((await known().catch(() => 0)) < least) await new Promise((resolve) => setTimeout(resolve, 20));
      await worker.kill();
      killed += 1;
    }
    expect((await readdir(path.dirname(other.database('x'))).catch(() => [])).filter(isDatabase)).toEqual([]);
    await other.hire();
    const ended = await other.until(run, 'done', LONG);
    const images = world.projects.filter(({ id }) => projects.includes(id));
    expect(ended.counts).toMatchObject({
      total: images.reduce((sum, project) => sum + project.images, 0),
      failed: 0,
    });
    for (const project of projects)
      expect(rowsOf(other.database(project))).toEqual(rowsOf(world.database(project)));
    const hashes = (await linesOf(index)).map(({ hash }) => hash);
    const inFlight = DEFAULT_SETTINGS.concurrency;
    expect(hashes.length - new Set(hashes).size).toBeLessThanOrEqual(killed * inFlight);
  }),
);

test(
  'a paused run predicts nothing until it is resumed, and ends as one without a pause',
  {
    timeout: LONG,
  },
  inAnother(async (other) => {
    const index = other.at('data/ai_data/cache/processed_images.jsonl');
    const run = await other.start({ options: { projects: ['mojo1'] }, settings: { page: 50 } });
    await other.hire();
    while (!existsSync(index)) await new Promise((resolve) => setTimeout(resolve, 20));
    await other.client.pause(PREDICTIONS, 'test');
    await other.until(run, 'paused');
    const lines = (await linesOf(index)).length;
    expect(lines).toBeLessThan(200);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await linesOf(index)).length).toBe(lines);
    await other.resume(run);
    await other.until(run, 'done', LONG);
    expect(rowsOf(other.database('mojo1'))).toEqual(rowsOf(world.database('mojo1')));
  }),
);

describe('databases', { timeout: LONG }, () => {
  test(
    'of somebody else stay to the byte: predictions are beside them; a rollback takes only its own files, unless they were changed',
    inAnother(async (other) => {
      await mkdir(path.dirname(other.database('dalia')), { recursive: true });
      const theirs = new DatabaseSync(other.database('dalia'));
      theirs.exec(
        "CREATE TABLE training_decisions (choice TEXT); INSERT INTO training_decisions VALUES ('mine')",
      );
      theirs.close();
      const bytes = await readFile(other.database('dalia'));
      await other.hire();
      const run = await other.run({ options: { projects: SMALL } });
      expect(await readFile(other.database('dalia'))).toEqual(bytes);
      expect(rowsOf(other.database('dalia.predictions'))).toEqual(rowsOf(world.database('dalia')));
      expect(await other.startIfAny({ options: { projects: SMALL } })).toBeNull();

      const chosen = new DatabaseSync(other.database('Patricia'));
      chosen.exec('UPDATE training_decisions SET user_selected_index = 1');
      chosen.close();
      const undone = await other.rollBack(run);
      expect(undone.counts).toMatchObject({ total: 3, written: 2, conflicts: 1 });
      const names = (await readdir(path.dirname(other.database('dalia')))).sort();
      expect(names).toEqual(['Patricia.db', 'dalia.db']);
      expect(await readFile(other.database('dalia'))).toEqual(bytes);
    }),
  );

  test(
    'of ours are predicted again with --force only; the old one is kept, and comes back with a rollback',
    inAnother(async (other) => {
      await other.hire();
      const first = await other.run({ options: { projects: ['dalia'] } });
      const bytes = await readFile(other.database('dalia'));
      const second = await other.run({ options: { projects: ['dalia'], force: true } });
      expect(second.counts).toMatchObject({ written: 0, cached: 12 });
      const aside = `${other.database('dalia')}.before-${second.runId}`;
      expect(await readFile(aside)).toEqual(bytes);
      expect(rowsOf(other.database('dalia'))).toEqual(rowsOf(aside));
      await other.rollBack(second);
      expect(await readFile(other.database('dalia'))).toEqual(bytes);
      expect(existsSync(aside)).toBe(false);
      await other.rollBack(first);
      expect(existsSync(other.database('dalia'))).toBe(false);
    }),
  );
});

test(
  'a project whose zip is cut off fails with the reason, a broken photo fails alone, and the others get their databases',
  {
    timeout: LONG,
  },
  inAnother(async (other) => {
    const sources = other.at('original');
    await mkdir(path.join(sources, 'folder'), { recursive: true });
    await cp(path.join(world.sources, 'dalia.zip'), path.join(sources, 'cut.zip'));
    await truncate(path.join(sources, 'cut.zip'), 10_000);
    await cp(path.join(world.sources, 'Aiko_raw.zip'), path.join(sources, 'whole.zip'));
    await writeFile(path.join(sources, 'folder', 'a.jpg'), 'no photo');
    await writeFile(path.join(sources, 'folder', 'b.jpg'), '');
    await other.hire();
    const run = await other.run({ options: { sourceDir: 'original' } });
    expect(run.counts).toMatchObject({ failed: 3 });
    expect(run.classes).toEqual({ 'archive-unreadable': 1, 'image-undecodable': 2 });
    const journal = other.client.surroundings.journalOf(PREDICTIONS);
    const [why] = await journal.failures(run.runId, { class: 'archive-unreadable' });
    expect(why).toMatchObject({ item: 'cut/', unit: 'cut' });
    expect(why?.message).toContain('cut.zip');
    expect(existsSync(other.database('cut'))).toBe(false);
    expect(rowsOf(other.database('whole')).images).toEqual(rowsOf(world.database('Aiko_raw')).images);
    expect(rowsOf(other.database('folder')).images).toMatchObject([
      { image: 'a.jpg', score: null, failure_class: 'image-undecodable' },
      { image: 'b.jpg', score: null, failure_class: 'image-undecodable' },
    ]);
    const [table] = await verified(other, { sourceDir: 'original' });
    expect(table).toMatchObject({ passed: true });
  }),
);

test(
  'an archive that is taken away in the middle pauses the run, which goes on once it is back',
  {
    timeout: LONG,
  },
  inAnother(async (other) => {
    const sources = other.at('original');
    await mkdir(sources);
    const [zip, away] = [path.join(sources, 'mojo.zip'), other.at('away.zip')];
    await cp(path.join(world.sources, 'mixed-0919.zip'), zip);
    const run = await other.start({ options: { sourceDir: 'original' } });
    await rename(zip, away);
    await other.hire();
    const paused = await other.until(run, 'paused');
    expect(paused.reason?.message).toContain('mojo');
    await rename(away, zip);
    await other.resume(run);
    const { counts } = await other.until(run, 'done');
    expect(counts).toMatchObject({ failed: 0, skipped: 0 });
    expect(rowsOf(other.database('mojo')).images).toEqual(rowsOf(world.database('mixed-0919')).images);
  }),
);

test(
  'pages are worked where the archives are: a general worker leaves them to the one that serves predictions',
  {
    timeout: LONG,
  },
  inAnother(async (other) => {
    await other.hire('--queue', 'general');
    const run = await other.start({ options: { projects: ['dalia'] } });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect((await other.client.run(run.runId)).counts.written).toBe(0);
    expect(await other.client.unservedQueue(PREDICTIONS)).toMatch(/-predictions-pages$/);
    await other.hire('--queue', 'predictions');
    await other.until(run, 'done');
    expect(rowsOf(other.database('dalia'))).toEqual(rowsOf(world.database('dalia')));
  }),
);

/** A test in a data folder of its own, with the same archives. */
function inAnother(run: (other: PredictionWorld) => Promise<void>): () => Promise<void> {
  return async () => {
    const other = await openPredictionWorld({ like: world });
    try {
      await run(other);
    } finally {
      await other.close();
    }
  };
}

function isDatabase(name: string): boolean {
  return name.endsWith('.db');
}
