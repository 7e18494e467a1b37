import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '@opensearch-project/opensearch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../src/stack/stack.ts';
import { expectRolledBack, expectUndisturbed, IN_PAGES, LONG, SIZE } from '../support/listing-outcome.ts';
import { type ListingTruth, listingTruth } from '../support/listing-truth.ts';
import { type ListingWorld, openListingWorld } from '../support/listing-world.ts';
import { isBulk, isDataBulk, statusesOf } from '../support/opensearch-trouble.ts';
import { startTroubleProxy, type TroubleProxy } from '../support/trouble-proxy.ts';

/** An OpenSearch of its own, that can be lost without the others. */
let dataDir: string;
let stack: Stack;
let proxy: TroubleProxy;
let world: ListingWorld;
let truth: ListingTruth;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'temporal-backfill-restart-'));
  const { OPENSEARCH_URL: _, ...env } = process.env;
  stack = await startStack({ dataDir, env, parts: ['opensearch'], say: () => undefined });
  const opensearchUrl = stack.env.OPENSEARCH_URL as string;
  proxy = await startTroubleProxy(opensearchUrl);
  world = await openListingWorld({ ...SIZE, opensearchUrl, through: { OPENSEARCH_URL: proxy.url } });
  truth = listingTruth(SIZE);
  await world.hire();
}, LONG);
afterAll(async () => {
  await world?.close();
  await proxy?.close();
  await stack?.stop();
  await rm(dataDir, { recursive: true, force: true });
}, LONG);

describe('listings come out as if nothing had happened:', { timeout: LONG }, () => {
  test('OpenSearch killed in the middle of a write, then ended and started in the middle of the run', async () => {
    const before = await world.dump();
    const restarts = restartTwice();
    const run = await world.until(await world.start(IN_PAGES), 'done', LONG);
    expect(await restarts()).toBe(2);
    await expectUndisturbed(world, truth, run, before);
    await expectRolledBack(world, run, before);
  });

  test('a queue of OpenSearch with a single place, which others fill all the time', async (context) => {
    const settings = path.join(dataDir, 'opensearch', 'conf', 'opensearch.yml');
    if (!existsSync(settings)) return context.skip('this OpenSearch runs in a container');
    await appendFile(settings, 'thread_pool.write.queue_size: 1\n');
    await stack.restartService('opensearch');
    const before = await world.dump();
    const crowd = startCrowd(world.opensearch, `${world.index}-crowd`);
    let rejected = 0;
    proxy.trouble = async (asked, pass) => {
      const reply = await pass();
      if (isBulk(asked)) rejected += statusesOf(reply).filter((status) => status === 429).length;
      if (rejected >= 15) void crowd.leave();
      return reply;
    };
    const run = await world.until(await world.start(IN_PAGES), 'done', LONG);
    await crowd.leave();
    expect(rejected).toBeGreaterThan(0);
    await expectUndisturbed(world, truth, run, before);
    await expectRolledBack(world, run, before);
  });
});

/** By force with the third write of listings, and in an orderly way with the third one after that. Returns how often. */
function restartTwice(): () => Promise<number> {
  let restarts = 0;
  let restarting: Promise<unknown> | undefined;
  let writes = 0;
  const restart = async () => {
    await stack.restartService('opensearch');
    restarts += 1;
    writes = 0;
    restarting = undefined;
  };
  proxy.trouble = async (asked, pass) => {
    if (!isDataBulk(asked)) return pass();
    writes += 1;
    const passing = pass();
    if (writes !== 3 || restarting || restarts === 2) return passing;
    if (restarts === 0) process.kill(stack.services[0]?.pid as number, 'SIGKILL');
    restarting = restart();
    return passing;
  };
  return async () => {
    await restarting;
    return restarts;
  };
}

/** Writes of others, many at the same time, until they leave. */
function startCrowd(opensearch: Client, index: string): { leave(): Promise<void> } {
  const document = { text: 'so many words '.repeat(20) };
  const body = Array.from({ length: 50 }, () => [{ index: {} }, document]).flat();
  let here = true;
  const stay = async () => {
    while (here) await opensearch.bulk({ index, body }).catch(() => undefined);
  };
  const all = Promise.all(Array.from({ length: 8 }, stay));
  return {
    async leave() {
      here = false;
      await all;
    },
  };
}
