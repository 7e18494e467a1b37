import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rates } from '../../src/domain/settings.ts';
import { createVision } from '../../src/vision/create.ts';
import { createLedgerWorld, type LedgerWorld } from './ledger-world.ts';

/** A host of one picture, which counts when it was asked. */
interface ImageHost {
  name: string;
  arrivals: number[];
  /** Answers instead, as often as this says. */
  refuse: { times: number; retryAfter: string };
  close(): void;
}

let world: LedgerWorld;
let host: ImageHost;
beforeAll(async () => {
  world = await createLedgerWorld();
  host = await startImageHost();
});
afterAll(() => {
  host.close();
  world.client.destroy();
});

describe('an image host', () => {
  test('is asked no faster than its rate by two workers together, and hardly slower', async () => {
    const began = await load(20, { [`host/${host.name}`]: { perSecond: 10 } });
    const seconds = ((host.arrivals.at(-1) ?? 0) - began) / 1_000;
    expect(host.arrivals).toHaveLength(20);
    expect(seconds).toBeGreaterThan(1.8);
    expect(seconds).toBeLessThan(4);
  });

  test('has the rate of every host where it has none of its own', async () => {
    const began = await load(10, { host: { perSecond: 10 } });
    expect((host.arrivals.at(-1) ?? 0) - began).toBeGreaterThan(850);
  });

  test('is asked as fast as may be where its own limits are lifted', async () => {
    const began = await load(40, { host: { perSecond: 5 }, [`host/${host.name}`]: {} });
    expect((host.arrivals.at(-1) ?? 0) - began).toBeLessThan(4_000);
  });

  test('that asks to wait is left alone for that long', async () => {
    host.refuse = { times: 1, retryAfter: '1' };
    const rates = { [`host/${host.name}`]: { perSecond: 100 } };
    await expect(load(1, rates)).rejects.toThrow(/429/);
    const refusedAt = host.arrivals.at(-1) ?? 0;
    await load(1, rates);
    expect((host.arrivals.at(-1) ?? 0) - refusedAt).toBeGreaterThan(950);
  });

  test('does not keep a pause waiting: who waits for its turn is set aside', async () => {
    const loading = load(50, { host: { perSecond: 1 } }, async (runId) => {
      await world.ledger.runs.move(runId, 'pausing');
    });
    await expect(loading).rejects.toMatchObject({ code: 'interrupted' });
    expect(host.arrivals.length).toBeLessThan(10);
  });
});

/** Loads pictures by two workers. Returns when it began. */
async function load(
  pictures: number,
  rates: Rates,
  meanwhile?: (runId: string) => Promise<void>,
): Promise<number> {
  const runId = await world.runningRun({ rates });
  const eyes = [world.ledger, world.other].map((ledger) =>
    createVision({ images: { allowPrivate: '127.0.0.1' } }).paced(ledger.hosts(runId)),
  );
  host.arrivals.length = 0;
  const began = Date.now();
  const loading = Array.from({ length: pictures }, (_, n) =>
    eyes[n % 2]?.load(`http://${host.name}/${n}.png`),
  );
  await Promise.all([...loading, meanwhile?.(runId)]);
  return began;
}

async function startImageHost(): Promise<ImageHost> {
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#123' } })
    .png()
    .toBuffer();
  const server: Server = createServer((_request, response) => {
    started.arrivals.push(Date.now());
    if (started.refuse.times > 0) {
      started.refuse.times -= 1;
      response.writeHead(429, { 'retry-after': started.refuse.retryAfter }).end();
    } else response.end(picture);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const started: ImageHost = {
    name: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals: [],
    refuse: { times: 0, retryAfter: '0' },
    close: () => server.close(),
  };
  return started;
}
