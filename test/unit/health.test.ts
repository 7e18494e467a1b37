import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSlots } from '../../src/activities/slots.ts';
import { itemsInWork, judge, limitedSigns, nextFactor } from '../../src/domain/health.ts';
import { look, type Probes } from '../../src/stores/health/look.ts';

describe('what is told about health', () => {
  test('names the sign, what was read, and its limit', () => {
    const limits = { replicaLagSeconds: 10, lockWaits: 3, opensearchQueue: 200, dynamodbThrottles: 0 };
    const readings = { replicaLagSeconds: 14, lockWaits: 4, opensearchQueue: 512, dynamodbThrottles: 7 };
    expect(judge(limits, readings)).toEqual([
      'replica lag 14 s, above 10 s',
      'lock waits 4, above 3',
      'OpenSearch write queue 512, above 200',
      'DynamoDB throttles within a minute 7, above 0',
    ]);
  });

  test('is nothing while all is at its limit or below', () => {
    expect(judge({ replicaLagSeconds: 10, lockWaits: 0 }, { replicaLagSeconds: 10, lockWaits: 0 })).toEqual(
      [],
    );
  });

  test('shows what is a little above its limit as above it', () => {
    expect(judge({ replicaLagSeconds: 10 }, { replicaLagSeconds: 10.004 })).toEqual([
      'replica lag 10.1 s, above 10 s',
    ]);
  });

  test('says why something with a limit could not be read, and takes that as bad', () => {
    expect(judge({ lockWaits: 3 }, { lockWaits: { notReadable: 'permission denied' } })).toEqual([
      'lock waits cannot be read: permission denied; health is taken as bad',
    ]);
    expect(judge({ lockWaits: 3 }, {})).toHaveLength(1);
    expect(judge({ lockWaits: 3 }, { lockWaits: Number.NaN })).toHaveLength(1);
  });

  test('leaves out what has no limit, however bad it is', () => {
    expect(judge({}, { lockWaits: 1_000, replicaLagSeconds: { notReadable: 'no' } })).toEqual([]);
  });
});

describe('slowing down', () => {
  test('halves at each bad look and recovers by half at each good one', () => {
    expect(nextFactor(1, ['bad'])).toBe(0.5);
    expect(nextFactor(0.5, ['bad', 'worse'])).toBe(0.25);
    expect(nextFactor(0.25, [])).toBe(0.375);
    expect(nextFactor(0.9, [])).toBe(1);
  });

  test('leaves at least one item in work, and never more than were asked for', () => {
    const looks = fc.array(fc.boolean(), { maxLength: 100 });
    fc.assert(
      fc.property(looks, fc.integer({ min: 1, max: 1_000 }), (bad, concurrency) => {
        const factor = bad.reduce((before, isBad) => nextFactor(before, isBad ? ['bad'] : []), 1);
        expect(itemsInWork(concurrency, factor)).toBeGreaterThanOrEqual(1);
        expect(itemsInWork(concurrency, factor)).toBeLessThanOrEqual(concurrency);
      }),
    );
  });

  test('is over within a minute of good looks, however long it lasted', () => {
    let factor = Array.from({ length: 1_000 }).reduce<number>((before) => nextFactor(before, ['bad']), 1);
    for (let seconds = 0; seconds < 60; seconds += 5) factor = nextFactor(factor, []);
    expect(factor).toBe(1);
  });
});

describe('a look', () => {
  const refuse = async () => {
    throw new Error('must not be read');
  };

  test('reads nothing that has no limit', async () => {
    const probes: Probes = {
      replicaLagSeconds: refuse,
      lockWaits: async () => 2,
      opensearchQueue: refuse,
      dynamodbThrottles: refuse,
    };
    expect(limitedSigns({})).toEqual([]);
    expect(await look(probes, {})).toEqual([]);
    expect(await look(probes, { lockWaits: 2 })).toEqual([]);
    expect(await look(probes, { lockWaits: 1, opensearchQueue: 5 })).toEqual([
      'lock waits 2, above 1',
      'OpenSearch write queue cannot be read: must not be read; health is taken as bad',
    ]);
  });

  test('takes what does not answer within two seconds as bad, and aborts it', async () => {
    let aborted = false;
    const silent = (signal: AbortSignal) =>
      new Promise<number>(() => signal.addEventListener('abort', () => (aborted = true)));
    const probes = {
      replicaLagSeconds: silent,
      lockWaits: silent,
      opensearchQueue: silent,
      dynamodbThrottles: silent,
    };
    const begun = Date.now();
    expect(await look(probes, { lockWaits: 1, opensearchQueue: 1 })).toEqual([
      'lock waits cannot be read: no answer within 2 s; health is taken as bad',
      'OpenSearch write queue cannot be read: no answer within 2 s; health is taken as bad',
    ]);
    expect(Date.now() - begun).toBeLessThan(3_000);
    expect(aborted).toBe(true);
  });
});

describe('slots', () => {
  test('admit waiters in their order, as many as there is room for', async () => {
    let size = 2;
    const slots = createSlots(() => size);
    const entered = enter(slots, 6);
    await settled();
    expect(entered).toEqual([0, 1]);

    size = 4;
    slots.release();
    await settled();
    expect(entered).toEqual([0, 1, 2, 3, 4]);
    slots.release();
    await settled();
    expect(entered).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('that have shrunk let what is in work end, and admit no more until there is room', async () => {
    let size = 3;
    const slots = createSlots(() => size);
    const entered = enter(slots, 5);
    await settled();
    size = 1;
    slots.release();
    slots.release();
    await settled();
    expect(entered).toEqual([0, 1, 2]);
    slots.release();
    await settled();
    expect(entered).toEqual([0, 1, 2, 3]);
  });

  test('never let a newcomer overtake who waits', async () => {
    let size = 1;
    const slots = createSlots(() => size);
    const entered = enter(slots, 2);
    await settled();
    size = 2;
    const newcomer = slots.acquire().then(() => entered.push(99));
    await settled();
    expect(entered).toEqual([0, 1]);
    slots.release();
    await newcomer;
    expect(entered).toEqual([0, 1, 99]);
  });

  test('let everybody through in the end, whatever their size becomes', async () => {
    const sizes = fc.array(fc.integer({ min: -1, max: 8 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(sizes, async (planned) => {
        let turn = 0;
        let inWork = 0;
        const slots = createSlots(() => planned[turn++ % planned.length] ?? 1);
        const working = Array.from({ length: 40 }, async () => {
          await slots.acquire();
          inWork += 1;
          expect(inWork).toBeLessThanOrEqual(Math.max(1, ...planned));
          await settled();
          inWork -= 1;
          slots.release();
        });
        await Promise.all(working);
        expect(inWork).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});

function enter(slots: ReturnType<typeof createSlots>, count: number): number[] {
  const entered: number[] = [];
  for (let number = 0; number < count; number += 1) void slots.acquire().then(() => entered.push(number));
  return entered;
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
