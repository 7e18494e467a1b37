import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { pending } from '../../src/domain/counts.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { isBatchGet, throttled } from '../support/dynamodb-trouble.ts';
import { expectRolledBack, expectUndisturbed, IN_PAGES, LONG, SIZE } from '../support/listing-outcome.ts';
import { type ListingTruth, listingTruth, sameTexts } from '../support/listing-truth.ts';
import { LISTINGS, type Listings, type ListingWorld, openListingWorld } from '../support/listing-world.ts';
import { type ListingWriter, openListingWriter } from '../support/listing-writer.ts';
import { actionsOf, fullQueue, isDataBulk, statusesOf } from '../support/opensearch-trouble.ts';
import { eventually } from '../support/tiny-town.ts';
import { type Pass, startTroubleProxy, type TroubleProxy } from '../support/trouble-proxy.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

/** Every test leads back to the listings as they were, but for what another hand has written. */
let opensearch: TroubleProxy;
let dynamodb: TroubleProxy;
let world: ListingWorld;
let truth: ListingTruth;
let worker: WorkerProcess | undefined;

/** A page that is interrupted has items left. */
const FEW_AT_ONCE = { settings: { ...IN_PAGES.settings, concurrency: 8 } };

beforeAll(async () => {
  opensearch = await startTroubleProxy(process.env.OPENSEARCH_URL ?? '');
  dynamodb = await startTroubleProxy(process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '');
  const through = { OPENSEARCH_URL: opensearch.url, AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url };
  world = await openListingWorld({ ...SIZE, through });
  truth = listingTruth(SIZE);
}, LONG);
afterEach(async ({ task }) => {
  opensearch.trouble = undefined;
  dynamodb.trouble = undefined;
  if (task.result?.state === 'fail') await world.undo();
}, LONG);
afterAll(async () => {
  await world?.close();
  await opensearch?.close();
  await dynamodb?.close();
}, LONG);

describe('listings come out as if nothing had happened:', { timeout: LONG }, () => {
  test('workers killed with a write under way lose nothing, and a write that comes too late changes nothing', async () => {
    const before = await world.dump();
    const first = await world.hire();
    let writes = 0;
    opensearch.trouble = async (asked, pass) => {
      if (!isDataBulk(asked) || ++writes !== 4) return pass();
      await pass();
      await first.kill();
      return null;
    };
    const run = await world.start(IN_PAGES);
    await first.ended;

    const second = await world.hire();
    let late: Pass | undefined;
    opensearch.trouble = async (asked, pass) => {
      if (late || !isDataBulk(asked)) return pass();
      late = pass;
      await second.kill();
      return null;
    };
    await second.ended;

    worker = await world.hire();
    const done = await world.until(run, 'done', LONG);
    await expectUndisturbed(world, truth, done, before);
    const refused = statusesOf((await late?.()) ?? null);
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused)).toEqual(new Set([409]));
    await expectUndisturbed(world, truth, done, before);
    await expectRolledBack(world, done, before);
  });

  test('writes that OpenSearch rejects, as its queue is full, are made later', async () => {
    await employ();
    const before = await world.dump();
    const { trouble, seen } = fullQueue();
    opensearch.trouble = trouble;
    const run = await world.until(await world.start(IN_PAGES), 'done', LONG);
    await expectUndisturbed(world, truth, run, before);
    for (const count of [seen.wholes.data, seen.wholes.journal]) expect(count).toBeGreaterThan(2);
    for (const count of [seen.singles.data, seen.singles.journal]) expect(count).toBeGreaterThan(10);
    await expectRolledBack(world, run, before);
  });

  test('what DynamoDB throttles or leaves unprocessed is asked again, for the cache and for the ledger', async () => {
    await employ();
    const before = await world.dump();
    const { trouble, seen } = throttled();
    dynamodb.trouble = trouble;
    const run = await world.until(await world.start(IN_PAGES), 'done', LONG);
    for (const count of [seen.reads, seen.ledger]) expect(count).toBeGreaterThan(3);
    expect(seen.keys).toBeGreaterThan(50);
    await expectUndisturbed(world, truth, run, before);
    await expectRolledBack(world, run, before);
  });

  test('another hand loses no write to a run or its rollback, and texts are of the photos that it added', async () => {
    await employ();
    const before = await world.dump();
    const writer = openListingWriter(world.opensearch, world.index, truth, before);
    const conflicts = betweenReadAndWrite(writer);
    const run = await writer.during(
      world.start(IN_PAGES).then((started) => world.until(started, 'done', LONG)),
    );

    const edited = (zpid: string, document: JsonObject) => ({ ...document, ...writer.edits.get(zpid) });
    const wanted: Listings = new Map(
      [...before].map(([zpid, document]) => {
        const looked = writer.late.has(zpid) ? document : edited(zpid, document);
        return [zpid, edited(zpid, truth.after(looked))];
      }),
    );
    expect(await world.dump()).toEqual(wanted);
    const written = [...wanted].filter(([zpid, document]) => !sameTexts(document, before.get(zpid))).length;
    const total = before.size;
    expect(run.counts).toMatchObject({ total, written, skipped: total - written, conflicts: 0, failed: 0 });
    const renewed = [...writer.edits].filter(
      ([zpid, edit]) => 'image_vectors' in edit && !writer.late.has(zpid),
    );
    expect(renewed.length).toBeGreaterThan(3);
    expect(conflicts()).toBeGreaterThan(10);

    const conflictsOfRollback = betweenReadAndWrite(writer);
    const rollback = await writer.during(world.rollBack(run, LONG));
    expect(rollback.counts).toMatchObject({ total: written, written, conflicts: 0, failed: 0 });
    expect(conflictsOfRollback()).toBeGreaterThan(0);
    const unwritten = [...before].map(([zpid, document]): [string, JsonObject] => [
      zpid,
      edited(zpid, document),
    ]);
    expect(await world.dump()).toEqual(new Map(unwritten));
  });

  test('a run cancelled in the middle is rolled back to the documents as they were', async () => {
    await employ();
    const before = await world.dump();
    inTheMiddle(() => world.client.cancel(LISTINGS));
    const cancelled = await world.until(await world.start(FEW_AT_ONCE), 'cancelled', LONG);
    expect(cancelled.counts.written).toBeGreaterThan(0);
    expect(pending(cancelled.counts)).toBeGreaterThan(0);
    expect(await world.dump()).not.toEqual(before);
    await expectRolledBack(world, cancelled, before);
  });
});

async function employ(): Promise<void> {
  if (!worker?.running()) worker = await world.hire();
}

/** With the third write of the run; nothing more is read of the cache until the run has heard of it. */
function inTheMiddle(ask: () => Promise<void>): void {
  let writes = 0;
  let heard: Promise<unknown> | undefined;
  const leftRunning = () =>
    eventually(
      () => world.client.run(LISTINGS),
      ({ state }) => state !== 'running',
      LONG,
      ({ state }) => `it is still ${state}`,
    );
  opensearch.trouble = async (asked, pass) => {
    if (isDataBulk(asked)) writes += 1;
    if (writes === 3) heard ??= ask().then(leftRunning);
    return pass();
  };
  dynamodb.trouble = async (asked, pass) => {
    if (isBatchGet(asked)) await heard;
    return pass();
  };
}

/** Each write finds documents changed since it was read, each once, some in their photos. Returns how many have been. */
function betweenReadAndWrite(writer: ListingWriter): () => number {
  const met = new Set<string>();
  let writes = 0;
  let conflicts = 0;
  opensearch.trouble = async (asked, pass) => {
    if (!isDataBulk(asked)) return pass();
    const [first, second] = actionsOf(asked.body).filter(({ id }) => !met.has(id));
    for (const one of [first, second]) if (one) met.add(one.id);
    if (first) await writer.changePrice(first.id);
    if (second && writes++ % 3 === 0) await writer.addPhotos(second.id);
    const reply = await pass();
    conflicts += statusesOf(reply).filter((status) => status === 409).length;
    return reply;
  };
  return () => conflicts;
}
