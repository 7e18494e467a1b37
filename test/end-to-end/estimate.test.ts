import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSimulator } from '../support/vehicle-simulator.ts';
import { type CliWorld, createCliWorld } from './cli-world.ts';

/** What `--json` ends with, as far as these tests read it. */
interface Told {
  items: number;
  free: number | null;
  looked: { items: number; unreadable: number };
  cost: Cost;
  timeSeconds: number;
  slowest: string;
  accounts: { account: string; calls: number; cost: Cost }[];
  units: { unit: string; items: number; free: number | null; cost: Cost }[];
  sample: { runId: string; items: number; spentUsd: number; inAll: Cost } | null;
}
interface Cost {
  expectedUsd: number;
  interval: { lowUsd: number; highUsd: number };
}

const IMAGES = 150;
let world: CliWorld;
const simulator = openSimulator(new URL('/', process.env.OPENAI_BASE_URL).href.replace(/\/$/, ''));
/** Bought before the run, in the tests above it. */
let sampled: Told;
let failed = 0;

beforeAll(async () => {
  world = await createCliWorld(IMAGES);
});
afterAll(() => world.close());

async function estimate(...flags: string[]): Promise<Told> {
  const told = await world.backfill('estimate', 'vehicle-images', '--json', ...flags);
  expect(told, told.stderr).toMatchObject({ code: 0 });
  return told.json() as unknown as Told;
}

async function written(): Promise<number> {
  const { rows } = await world.postgres.query(
    `SELECT count(*)::int AS n FROM vehicle_images WHERE ai_last_scanned > now() - interval '1 hour'`,
  );
  return rows[0].n;
}

const held = ({ interval: { lowUsd, highUsd } }: Cost, usd: number) => usd >= lowUsd && usd <= highUsd;
const sum = (parts: number[]) => parts.reduce((all, one) => all + one, 0);

describe('before the first run', () => {
  test('an estimate tells items, units, calls, cost and time, and asks nobody', async () => {
    const told = await estimate('--rps', 'rekognition=2');
    expect(told).toMatchObject({ free: 0, sample: null, slowest: 'rekognition' });
    expect(told.items).toBeGreaterThan(80);
    expect(told.timeSeconds).toBe(Math.round(told.items / 2));
    expect(told.cost.expectedUsd / told.items).toBeCloseTo(0.021, 3);
    expect(sum(told.units.map(({ items }) => items))).toBe(told.items);
    expect(sum(told.units.map(({ cost }) => cost.expectedUsd))).toBeCloseTo(told.cost.expectedUsd, 4);
    expect(told.accounts.map(({ account }) => account)).toEqual([
      'rekognition/DetectLabels',
      'openai/gpt-4o',
    ]);
    expect((await simulator.bill()).billedCalls).toBe(0);
  });

  test("prices of the run's options are used, and a model without a price is wrong use", async () => {
    const cheap = await estimate('--steps', 'angle');
    expect(cheap.cost.expectedUsd).toBeCloseTo(cheap.items / 1_000, 6);
    expect(cheap.cost.interval).toMatchObject({
      lowUsd: cheap.cost.expectedUsd,
      highUsd: cheap.cost.expectedUsd,
    });
    const unknown = await world.backfill('estimate', 'vehicle-images', '--model', 'gpt-9');
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(/gpt-9.*'prices' in the config file/s);
  });

  test('a sample is not bought unasked', async () => {
    const refused = await world.backfill('estimate', 'vehicle-images', '--sample', '10');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--yes');
    expect((await simulator.bill()).billedCalls).toBe(0);
  });
});

describe('a sample', () => {
  test('is bought for what the provider bills, and writes nothing', async () => {
    sampled = await estimate('--sample', '30', '--yes');
    const bill = await simulator.bill();
    expect(sampled.sample).toMatchObject({ items: 30 });
    expect(sampled.sample?.spentUsd).toBeCloseTo(bill.costUsd, 9);
    expect(bill.costUsd).toBeGreaterThan(0.1);
    expect(sampled.cost.expectedUsd + bill.costUsd).toBeCloseTo(sampled.sample?.inAll.expectedUsd ?? 0, 6);
    expect(await written()).toBe(0);
  });

  test('that was bought before costs nothing, and tells the same', async () => {
    const again = await estimate('--sample', '30', '--yes');
    expect(again.sample).toMatchObject({ items: 30, spentUsd: 0 });
    expect(again.free).toBeGreaterThanOrEqual(28);
    expect(again.cost.expectedUsd / sampled.cost.expectedUsd).toBeCloseTo(1, 1);
    const parts = again.accounts.map(({ cost }) => cost.expectedUsd);
    expect(sum(parts) / again.cost.expectedUsd).toBeCloseTo(1, 2);
  });
});

describe('the run after it', () => {
  test('does not buy the sample again, and costs what was said', async () => {
    const run = await world.start('--yes', '--json', '--rps', 'rekognition=500');
    expect([0, 3]).toContain(run.code);
    const { cost, counts } = run.json() as { cost: { spentUsd: number }; counts: { failed: number } };
    failed = counts.failed;
    const bill = await simulator.bill();
    expect(bill.repeats).toEqual([]);
    expect(bill.costUsd).toBeCloseTo(cost.spentUsd + (sampled.sample?.spentUsd ?? 0), 9);
    expect(held(sampled.cost, cost.spentUsd)).toBe(true);
    expect(held(sampled.sample?.inAll as Cost, bill.costUsd)).toBe(true);
  });

  test('leaves everything that it answered for free, unit by unit', async () => {
    const told = await estimate('--only', 'all', '--look', 'all');
    expect(told.looked.items).toBe(told.items);
    expect(told.free).toBe(sum(told.units.map(({ free }) => free ?? 0)));
    expect(told.free).toBeGreaterThanOrEqual(sampled.items - failed);
    expect(told.cost.expectedUsd).toBeLessThan((told.items - (told.free ?? 0) + 1) * 0.021);
    expect(await estimate('--only', 'all', '--look', 'none')).toMatchObject({ free: null });
  });

  test('of other steps counts only what is missing', async () => {
    const [first] = (await estimate('--only', 'all', '--look', 'all')).units;
    const told = await estimate('--only', 'all', '--look', 'all', '--model', 'gpt-4o-mini');
    const labels = told.accounts.find(({ account }) => account === 'rekognition/DetectLabels');
    const answers = told.accounts.find(({ account }) => account === 'openai/gpt-4o-mini');
    expect(labels?.calls).toBeLessThan(told.items / 2);
    expect(answers?.calls).toBeGreaterThan(told.items * 0.9);
    expect(told.units[0]?.unit).toBe(first?.unit);
  });
});

test('the table for people says the interval, the time and where the guess comes from', async () => {
  const { stdout } = await world.backfill('estimate', 'vehicle-images', '--only', 'all', '--look', '20');
  expect(stdout).toMatch(/items +\d+ in \d+ units/);
  expect(stdout).toMatch(/answered already +\d+, for free \(as of 20 looked at\)/);
  expect(stdout).toMatch(/cost +\$[\d.]+, with 95 % confidence \$[\d.]+ to \$[\d.]+/);
  expect(stdout).toMatch(/time +.*as the rate of rekognition allows/);
  expect(stdout).toMatch(/--sample 100/);
});
