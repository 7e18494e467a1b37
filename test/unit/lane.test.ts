import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Claim, claimSlots, NEW_PACE, type Slot } from '../../src/domain/pacing.ts';
import type { RateLimit } from '../../src/domain/settings.ts';
import { createLane } from '../../src/stores/ledger/lane.ts';

const NEVER = new AbortController().signal;

type Taken = Exclude<Claim, { kind: 'exhausted' }>;

// On a machine that stands still for longer than a slot may be late, a lane skips one, as it should.
describe.concurrent('a lane', { retry: 2 }, () => {
  test('serves in the order of asking', async () => {
    const { wait } = laneAt({ perSecond: 200 });
    const served: number[] = [];
    await Promise.all(Array.from({ length: 20 }, (_, n) => wait().then(() => served.push(n))));
    expect(served).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  test('lets who has a slot keep it when the quota is used up for those behind', async () => {
    // The second claim is answered while the only slot of the first is still waited for.
    const { take, lane } = scripted([slotsIn(100), new Error('used up')]);
    const [first, second] = [lane.wait(limited, 0, NEVER), lane.wait(limited, 0, NEVER)];
    await expect(second).rejects.toThrow('used up');
    await expect(first).resolves.toMatchObject({ number: 0 });
    expect(take.count).toBe(2);
  });

  test('loses no turn of others when some leave', async () => {
    const { wait } = laneAt({ perSecond: 100 });
    const leaving = new AbortController();
    const waiting = Array.from({ length: 20 }, (_, n) => wait(n % 2 === 0 ? leaving.signal : NEVER));
    const settled = Promise.allSettled(waiting);
    await sleep(30);
    leaving.abort('over');
    const statuses = (await settled).map(({ status }) => status);
    expect(statuses.filter((_, n) => n % 2 === 1)).toEqual(Array(10).fill('fulfilled'));
    expect(statuses.filter((_, n) => n % 2 === 0)).toContain('rejected');
  });

  test('gives the turn of one who has left to the next', async () => {
    const { lane } = scripted([slotsIn(100, 110)]);
    const leaving = new AbortController();
    const left = lane.wait(limited, 0, leaving.signal);
    left.catch(() => undefined);
    const next = lane.wait(limited, 0, NEVER);
    await sleep(30);
    leaving.abort('over');
    await expect(next).resolves.toMatchObject({ number: 0 });
  });

  test('fails nobody for a claim that was made for others', async () => {
    const failing = Promise.withResolvers<Taken>();
    const { lane, take } = scripted([slotsIn(60), failing.promise, slotsIn(20, 20)]);
    const leaving = new AbortController();
    const first = lane.wait(limited, 0, NEVER);
    const left = lane.wait(limited, 0, leaving.signal);
    left.catch(() => undefined);
    await sleep(30);
    leaving.abort('over');
    await first;
    await sleep(20);
    const came = Promise.allSettled([lane.wait(limited, 0, NEVER), lane.wait(limited, 0, NEVER)]);
    await sleep(20);
    failing.reject(new Error('no connection'));
    expect((await came).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    // Whoever comes and goes, only one claim is under way at a time.
    expect(take.most).toBe(1);
  });

  test('hands no slot to one who comes long after those it was taken for have left', async () => {
    const { lane } = scripted([slotsIn(60, 60, 60), slotsIn(0)]);
    const leaving = new AbortController();
    const gone = Promise.allSettled([1, 2, 3].map(() => lane.wait(limited, 0, leaving.signal)));
    await sleep(20);
    leaving.abort('over');
    await gone;
    await sleep(250);
    await expect(lane.wait(limited, 0, NEVER)).resolves.toMatchObject({ number: 3 });
  });

  test('skips a slot that is much too late, but never two in a row, and loses nobody', async () => {
    const { lane } = scripted([slotsIn(-500, -450, -400, -350), slotsIn(-300, -250)]);
    const turns = await Promise.all([1, 2, 3].map(() => lane.wait(limited, 0, NEVER)));
    expect(turns.map(({ number }) => number)).toEqual([1, 3, 5]);
  });

  test('looks again when the next slot is far away, at the limit that holds by then', async () => {
    let perMinute = 1;
    const { lane } = laneAt({});
    const limit = async () => ({ perMinute });
    await lane.wait(limit, 0, NEVER);
    const second = lane.wait(limit, 0, NEVER);
    await sleep(50);
    perMinute = 60_000;
    const tunedAt = Date.now();
    await second;
    expect(Date.now() - tunedAt).toBeLessThan(1_000);
  });

  test('takes each block at the limit of the first who waits for it', async () => {
    const { lane, claims } = laneAt({});
    const [slow, fast] = [{ perSecond: 20 }, { perSecond: 100 }];
    await Promise.all([slow, slow, fast].map((limit) => lane.wait(async () => limit, 0, NEVER)));
    await lane.wait(async () => fast, 0, NEVER);
    expect(claims[0]?.limit).toEqual(slow);
    expect(claims.at(-1)?.limit).toEqual(fast);
  });
});

async function limited(): Promise<RateLimit> {
  return { perSecond: 100 };
}

/** A lane of one worker alone, on a state of its own. */
function laneAt(limit: RateLimit) {
  let state = NEW_PACE;
  const claims: { limit: RateLimit; waiting: number[] }[] = [];
  const lane = createLane(async (limit, waiting) => {
    await sleep(5);
    claims.push({ limit, waiting });
    const claim = claimSlots(state, limit, Date.now(), waiting);
    if (claim.kind === 'exhausted') throw new Error('used up');
    if (claim.kind === 'slots') state = claim.state;
    return claim;
  });
  return { lane, claims, wait: (signal = NEVER) => lane.wait(async () => limit, 0, signal) };
}

/** A lane whose claims are answered one by one with these. */
function scripted(answers: (((from: number) => Taken) | Promise<Taken> | Error)[]) {
  const take = { count: 0, most: 0 };
  let underWay = 0;
  let handedOut = 0;
  const lane = createLane(async () => {
    const answer = answers[take.count];
    take.count += 1;
    underWay += 1;
    take.most = Math.max(take.most, underWay);
    try {
      await sleep(5);
      if (answer === undefined) throw new Error('nobody should ask again');
      if (answer instanceof Error) throw answer;
      const taken = typeof answer === 'function' ? answer(handedOut) : await answer;
      if (taken.kind === 'slots') handedOut += taken.slots.length;
      return taken;
    } finally {
      underWay -= 1;
    }
  });
  return { lane, take };
}

/** Slots that are due in so many milliseconds, from when they are taken. */
function slotsIn(...ms: number[]): (from: number) => Taken {
  return (from) => {
    const slots = ms.map((due, n): Slot => ({ at: Date.now() + due, number: from + n, interval: 10 }));
    return { kind: 'slots', slots, state: NEW_PACE };
  };
}
