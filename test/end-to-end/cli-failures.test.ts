import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSimulator } from '../support/vehicle-simulator.ts';
import { type CliWorld, createCliWorld, type Outcome } from './cli-world.ts';

let world: CliWorld;
/** Items whose answers the model declines to give; they fail, and each try is asked for and billed. */
let refused = 0;
const simulator = openSimulator(new URL(process.env.OPENAI_BASE_URL ?? '').origin);
const REFUSING = { faults: [{ kind: 'refusal', match: { provider: 'openai' } }] };

beforeAll(async () => {
  world = await createCliWorld(60);
  await world.simulator(REFUSING);
}, 120_000);
afterAll(() => world.close());

interface Group {
  class: string;
  items: number;
  share: number;
}

describe('items that fail again and again', () => {
  test('failures are grouped by class, with their share of the run and an example', async () => {
    const run = await world.start('--yes', '--json', '--rps', 'rekognition=500');
    expect(run, run.stderr).toMatchObject({ code: 3 });
    const { runId, byClass, counts } = run.json() as {
      runId: string;
      byClass: Record<string, number>;
      counts: { total: number };
    };
    refused = byClass['answer-refused'] ?? 0;
    expect(refused).toBeGreaterThan(20);
    const listed = (await world.backfill('failures', '--json')).json() as { classes: Group[]; runId: string };
    expect(listed.runId).toBe(runId);
    expect(listed.classes[0]).toMatchObject({
      class: 'answer-refused',
      items: refused,
      share: refused / counts.total,
      tries: [1, 1],
    });
    const told = await world.backfill('failures', runId);
    expect(told.stdout).toMatch(/image-undecodable +2 +4\.9 % +1 +[0-9a-f-]{36} {2}\S/);
    expect(told.stdout.match(/answer-refused, 1 try/g)).toHaveLength(refused);
  });

  test('retry --class does just the items of that class', async () => {
    const calls = await asked();
    const missing = await retry('--class', 'image-not-found');
    expect(missing, missing.stderr).toMatchObject({ code: 3 });
    expect(missing.json()).toMatchObject({
      counts: { total: 1, failed: 1 },
      byClass: { 'image-not-found': 1 },
    });
    expect(await asked()).toBe(calls);
    const again = await retry('--class', 'answer-refused');
    expect(again.json()).toMatchObject({ counts: { total: refused, failed: refused } });
    expect(await asked()).toBe(calls + refused);
  });

  test('retry --class says so where no item failed that way, and starts nothing', async () => {
    const none = await retry('--class', 'image-forbidden');
    expect(none).toMatchObject({ code: 0 });
    expect(none.json()).toMatchObject({ runId: null, status: 'empty' });
    expect(none.stderr).toContain('whose last failure was image-forbidden');
  });

  test('what failed in three runs is left out by the fourth, and nothing is asked for it', async () => {
    await retry('--class', 'answer-refused');
    const calls = await asked();
    const nightly = await world.start('--yes', '--json');
    expect(nightly, nightly.stderr).toMatchObject({ code: 3 });
    expect(nightly.json()).toMatchObject({ byClass: { quarantined: refused, 'image-not-found': 1 } });
    const plain = await retry();
    // The missing image failed for the third time that night.
    expect(plain.json()).toMatchObject({ byClass: { quarantined: refused + 1 }, counts: { failed: 2 } });
    expect(await asked()).toBe(calls);
    const narrowed = await retry('--class', 'answer-refused');
    expect(narrowed).toMatchObject({ code: 0 });
    expect(narrowed.stderr).toContain(`${refused} in quarantine left out; --quarantined`);
  }, 60_000);

  test('failures --quarantined lists them, with how often they failed', async () => {
    const listed = await world.backfill('failures', '--quarantined', '--class', 'answer-refused', '--json');
    const { quarantined } = listed.json() as { quarantined: object[] };
    expect(quarantined).toHaveLength(refused);
    expect(quarantined[0]).toMatchObject({ class: 'answer-refused', runs: 3 });
    const told = await world.backfill('failures', 'vehicle-images', '--quarantined');
    expect(told.stdout).toContain('image-not-found, failed in ');
    expect(told.stderr).toContain("'backfill retry vehicle-images --quarantined'");
  });

  test('retry --quarantined asks again, and what is written then is in quarantine no longer', async () => {
    await world.simulator({ faults: [] });
    const calls = await asked();
    const mended = await retry('--quarantined', '--class', 'answer-refused');
    expect(mended, mended.stderr).toMatchObject({ code: 0 });
    expect(mended.json()).toMatchObject({ counts: { total: refused, written: refused } });
    expect(await asked()).toBeGreaterThanOrEqual(calls + refused);
    const left = await world.backfill('failures', '--quarantined', '--class', 'answer-refused');
    expect(left).toMatchObject({ code: 0, stdout: '' });
    expect(left.stderr).toContain('no item of vehicle-images is in quarantine');
    const none = await retry('--quarantined', '--class', 'answer-refused');
    expect(none).toMatchObject({ code: 0 });
    expect(none.json()).toMatchObject({ status: 'empty' });
  }, 60_000);
});

describe('rollback --dry-run', () => {
  test('tells what a rollback then does, and changes nothing', async () => {
    const { runId } = (await world.backfill('report', '--json')).json() as { runId: string };
    await world.postgres.query(
      `UPDATE image_tags SET tag_name = 'by hand' WHERE id = (SELECT id FROM image_tags LIMIT 1)`,
    );
    const before = await everything();
    const dry = await world.backfill('rollback', runId, '--dry-run', '--json', '--limit', '2');
    expect(dry, dry.stderr).toMatchObject({ code: 0 });
    const { tables, entries } = dry.json() as {
      tables: { table: string; restored: number; conflicts: number }[];
      entries: { table: string; fate: string }[];
    };
    expect(entries).toMatchObject([{ table: 'public.image_tags', fate: 'conflict' }, { fate: 'restored' }]);
    const sum = (key: 'restored' | 'conflicts') => tables.reduce((all, table) => all + table[key], 0);
    expect(sum('conflicts')).toBe(1);
    const told = await world.backfill('rollback', 'vehicle-images', '--dry-run');
    expect(told.stdout).toContain(`A rollback of run ${runId} of vehicle-images`);
    expect(told.stdout).toContain('more fields');
    expect(await everything()).toEqual(before);

    const undone = await world.backfill('rollback', runId, '--yes', '--json');
    expect(undone.json()).toMatchObject({ counts: { written: sum('restored'), conflicts: 1 } });
    const nothing = await world.backfill('rollback', runId, '--dry-run');
    expect(nothing).toMatchObject({ code: 0, stdout: '' });
    expect(nothing.stderr).toContain('nothing to put back');
  }, 60_000);
});

describe('wrong use', () => {
  test.for([
    [['retry', 'vehicle-images', '--yes', '--class', 'nope'], '--class: expected one of: image-not-found'],
    [['retry', 'vehicle-images', '--quarantined'], '--yes'],
    [['rollback', 'vehicle-images', '--yes', '--limit', '3'], 'add --dry-run'],
    [['rollback', 'vehicle-images', '--dry-run', '--limit', '-1'], '--limit: expected a whole number'],
    [['rollback', 'nobody', '--dry-run'], 'nobody'],
  ] as const)('backfill %s is refused, and it is said what would be right', async ([args, told]) => {
    const refusal = await world.backfill(...args);
    expect(refusal).toMatchObject({ code: 2, stdout: '' });
    expect(refusal.stderr).toContain(told);
  });

  test.for(['failures', 'retry', 'rollback'])('backfill %s --help has examples', async (command) => {
    const help = await world.backfill(command, '--help');
    expect(help).toMatchObject({ code: 0 });
    expect(help.stdout).toMatch(/Examples:\n {2}backfill/);
  });
});

function retry(...flags: string[]): Promise<Outcome> {
  return world.backfill('retry', 'vehicle-images', '--yes', '--json', ...flags);
}

/** Requests that models got, answered or not. */
async function asked(): Promise<number> {
  return (await simulator.calls()).filter(({ provider }) => provider === 'openai').length;
}

async function everything(): Promise<unknown> {
  const tables = [
    'public.vehicle_images',
    'public.image_tags',
    'temporal_backfill.journal',
    'temporal_backfill.runs',
  ];
  return Promise.all(
    tables.map(async (table) => (await world.postgres.query(`SELECT * FROM ${table} ORDER BY 1`)).rows),
  );
}
