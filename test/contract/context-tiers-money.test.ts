import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { options } from '../../src/backfills/context-tiers/options.ts';
import { costOf, lookAt } from '../../src/backfills/context-tiers/process.ts';
import { prices, questions } from '../../src/backfills/context-tiers/questions.ts';
import type { ContextCounts } from '../../src/domain/context-score.ts';
import { nanodollars } from '../../src/domain/money.ts';
import type { PageCalls } from '../../src/stores/ledger/page-calls.ts';
import { createVision } from '../../src/vision/create.ts';
import { GAPS, rowWith, TIER_1, TIER_2 } from '../unit/context-tiers/canned.ts';
import { createLedgerWorld, type LedgerWorld, NEVER, receipt } from './ledger-world.ts';

/** What images are said to have cost, beside what the ledger books, against a provider that counts. */

const BUDGET = nanodollars(10);
const RICH = { spid: 1, manuals: 1, receipts: 5 };
const FAIR = { events: 50 };
let world: LedgerWorld;
let folder: string;
let billed: string[];
/** The operation whose next answer never comes. */
let cut: string | null;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { response_format: format, model } = JSON.parse(Buffer.concat(chunks).toString());
    const operation: string = format.json_schema.name;
    if (operation === cut) return request.socket.destroy();
    billed.push(operation);
    const answer = operation === 'organise_image' ? TIER_1 : operation === 'find_gaps' ? GAPS : TIER_2;
    const message = { role: 'assistant', content: JSON.stringify(answer) };
    const usage = { prompt_tokens: 1_000 + billed.length, completion_tokens: 77 };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ model, choices: [{ finish_reason: 'stop', message }], usage }));
  });
});

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  folder = await mkdtemp(join(tmpdir(), 'tiers-'));
  world = await createLedgerWorld();
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await rm(folder, { recursive: true });
  world.client.destroy();
});
beforeEach(async () => {
  billed = [];
  cut = null;
  for (const name of ['a', 'b']) await writeFile(join(folder, `${name}.jpg`), await photo());
});

describe.each(['tokens', 'flat'] as const)('by %s', (how) => {
  test('the images of a run cost what its ledger has booked, also when a worker died before it wrote', async () => {
    const runId = await world.runningRun({ budget: BUDGET });
    const died = await world.open(runId);
    await look(died, 'first', 'a', RICH, how);
    cut = 'infer_parts';
    await expect(look(died, 'second', 'b', FAIR, how)).rejects.toMatchObject({ code: 'call-unknown' });
    cut = null;
    const page = await world.open(runId, world.other, { fence: 2 });
    const costs = [
      await look(page, 'first', 'a', RICH, how),
      await look(page, 'second', 'b', FAIR, how),
      await look(page, 'copy of the first', 'a', RICH, how),
      await look(page, 'little is known', 'b', {}, how),
    ];
    await page.close(receipt());
    expect(billed).toEqual(['organise_image', 'confirm_parts', 'organise_image', 'infer_parts', 'find_gaps']);
    const run = await world.balanced(runId);
    expect(costs.reduce((sum, cost) => sum + cost, 0)).toBe(run.spent);
    expect(costs[2]).toBe(0);
    if (how === 'flat') expect(costs).toEqual([0.0002, 0.0051, 0, 0.02].map(nanodollars));
  });
});

test('a flat price is all that a budget must have room for, to the last call', async () => {
  const runId = await world.runningRun({ budget: nanodollars(0.0002) });
  const page = await world.open(runId);
  expect(await look(page, 'one', 'a', RICH, 'flat')).toBe(nanodollars(0.0002));
  await page.close(receipt());
  expect(await world.balanced(runId)).toMatchObject({ spent: nanodollars(0.0002), available: 0 });
});

test('a later run that asks the same pays nothing, and says so', async () => {
  const [first, second] = [await world.runningRun(), await world.runningRun()];
  expect(await look(await world.open(first), 'one', 'a', RICH, 'flat')).toBe(nanodollars(0.0002));
  expect(await look(await world.open(second), 'one', 'a', RICH, 'flat')).toBe(0);
  expect(billed).toHaveLength(2);
});

test('what becomes known of a vehicle makes tier 2 another question, and tier 1 the same', async () => {
  const page = await world.open(await world.runningRun());
  await look(page, 'one', 'a', RICH, 'flat');
  await look(page, 'one', 'a', RICH, 'flat', 'Vehicle: 1978 Ford Bronco');
  expect(billed).toEqual(['organise_image', 'confirm_parts', 'confirm_parts']);
});

async function look(
  page: PageCalls,
  id: string,
  name: string,
  known: Partial<ContextCounts>,
  how: 'tokens' | 'flat',
  text = 'Vehicle: 1977 Chevrolet K5 Blazer',
) {
  const { port } = server.address() as AddressInfo;
  const given = options.parse({ prices: how });
  const vision = createVision({
    openai: { apiKey: 'sk-test', baseUrl: `http://127.0.0.1:${port}/v1` },
    images: { baseUrl: pathToFileURL(folder).href },
  }).priced(prices(given));
  const row = rowWith(known, { reference: `${name}.jpg` });
  const item = { id, unit: 'v', row: { ...row, context: { ...row.context, text } } };
  const findings = await lookAt(item, page.askFor(id, NEVER), {
    vision,
    questions: questions(given),
    gapPer: 'image',
  });
  return costOf(findings);
}

/** Another one each time, so that no test has bought its answers before. */
function photo(): Promise<Buffer> {
  const background = { r: random(), g: random(), b: random() };
  return sharp({ create: { width: 160, height: 120, channels: 3, background } })
    .jpeg()
    .toBuffer();
}

function random(): number {
  return Math.floor(Math.random() * 256);
}
