import { rename } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VerifyTable } from '../../src/backfills/define.ts';
import { openPredictionWorld, type PredictionWorld } from '../support/prediction-world.ts';
import { launch, type Outcome } from './cli-world.ts';

let world: PredictionWorld;
/** Neither PostgreSQL nor OpenSearch is needed. */
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  world = await openPredictionWorld({ oneIn: 10_000 });
  const { DATABASE_URL: _, OPENSEARCH_URL: __, BACKFILL_DATA_DIR: ___, ...others } = world.env;
  env = others;
  await world.hire();
}, 120_000);
afterAll(() => world.close());

function start(...args: string[]): Promise<Outcome> {
  return launch('start-backfill', ['zip-predictions', '--data-dir', world.folder, ...args], env).outcome;
}

function backfill(...args: string[]): Promise<Outcome> {
  return launch('backfill', [...args, '--data-dir', world.folder], env).outcome;
}

describe('before a run', () => {
  test('the plan tells projects from small to large, how their photos are grouped, and which are done', async () => {
    const outcome = await start('--dry-run', '--json');
    expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
    const { plan, items, skipped } = outcome.json() as {
      plan: VerifyTable[];
      items: number;
      skipped: object;
    };
    const rows = plan[0]?.rows ?? [];
    expect(rows.length).toBe(21);
    const sizes = rows.map(([, images]) => Number(images));
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    expect(items).toBe(20 * 12);
    expect(skipped).toEqual({ done: 12 });
    const about = new Map(rows.map(([id, , rule, , , state]) => [id, [rule, state]]));
    expect(about.get('mojo3')).toEqual(['stage', 'done, says the catalogue']);
    expect(about.get('dalia')).toEqual(['folder', 'to be predicted']);
  });

  test.each([
    ['a project that nobody has', ['--projects', 'nosuch'], "no project 'nosuch'"],
    ['a folder that is not there', ['--source-dir', 'nowhere'], 'nowhere cannot be searched'],
    ['a catalogue that is not there', ['--catalogue', 'no.yaml'], 'no.yaml cannot be read'],
    ['a rule that could take forever', ['--group-by', '(?=a)'], '--group-by'],
    ['an order of its own', ['--order', 'items=size'], 'by size'],
  ])('%s is refused, and nothing is begun', async (_, args, says) => {
    const outcome = await start('--yes', ...args);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain(says);
    expect(outcome.stderr).toContain('hint:');
    expect(await world.client.runs()).toEqual([]);
  });

  test('a model that is missing is named, with what to do', async () => {
    const models = ['clip_vit_b32', 'aside'].map((name) => world.at(`data/ai_data/models/${name}.onnx`));
    const [model = '', aside = ''] = models;
    await rename(model, aside);
    const outcome = await start('--yes');
    await rename(aside, model);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain('clip_vit_b32.onnx');
    expect(outcome.stderr).toContain('scripts/export-models.py');
  });
});

describe('a run', () => {
  test('is started, verified and rolled back with nothing but Temporal and DynamoDB', async () => {
    const started = await start('--yes', '--json', '--projects', 'dalia,Patricia');
    expect(started, started.stderr).toMatchObject({ code: 0 });
    expect(started.json()).toMatchObject({ status: 'done', counts: { total: 24, written: 24 } });
    const verified = await backfill('verify', 'zip-predictions');
    expect(verified).toMatchObject({ code: 0 });
    expect(verified.stdout.match(/sound/g)?.length).toBe(2);
    const again = await start('--yes', '--projects', 'dalia,Patricia');
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toContain('nothing to do');
    const undone = await backfill('rollback', 'zip-predictions', '--yes');
    expect(undone, undone.stderr).toMatchObject({ code: 0 });
    expect((await backfill('verify', 'zip-predictions')).stdout).not.toContain('sound');
  });
});
