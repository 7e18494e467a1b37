/**
 * `node bench/pace-model.ts [--seeds 20] [--stalls 0.5]`: what `bench/rates.ts` measures, without machine and clock:
 * the decisions of `src/domain/pacing.ts` and the simulator's limit, in a time of their own. Shows what the rules alone come to; what is missing to them in `bench/rates.ts` is the machine's.
 * `--stalls`: how often a second each worker stands still for 20 to 150 ms. A table on stderr; ends with one line of JSON.
 */
import { parseArgs } from 'node:util';
import {
  claimSlots,
  isLate,
  isTooLate,
  NEAR_MS,
  NEW_PACE,
  type PaceState,
  postpone,
  refuse,
  type Slot,
} from '../src/domain/pacing.ts';
import { Gate } from '../src/stack/simulator/gate.ts';
import { followedAfter, median, type SeenCall, usage } from './rate-figures.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '20' }, stalls: { type: 'string', default: '0.5' } },
});

const WAITING = 192;
const START_UP_MS = 2_000;
const STEADY_MS = 20_000;
const BEFORE_HALVING_MS = 8_000;
const AFTER_HALVING_MS = 25_000;

interface Cell {
  perSecond: number;
  workers: number;
  halve: boolean;
}

const results = [5, 50, 500].flatMap((perSecond) =>
  [1, 2, 4].flatMap((workers) => [false, true].map((halve) => figures({ perSecond, workers, halve }))),
);
console.log(JSON.stringify(results));

/** Medians, and the worst of all seeds. */
function figures(cell: Cell) {
  const seeds = Array.from({ length: Number(values.seeds) }, (_, seed) => seed + 1);
  const all = seeds.map((seed) => outcome(cell, seed));
  const used = all.map(({ usedPercent }) => usedPercent);
  const refused = all.map(({ refusedPercent }) => refusedPercent);
  const followed = all.map(({ followed }) => followed ?? Number.POSITIVE_INFINITY);
  const result = {
    ...cell,
    used: { median: median(used), worst: Math.min(...used) },
    refused: { median: median(refused), worst: Math.max(...refused) },
    ...(cell.halve && { followed: { median: median(followed), worst: Math.max(...followed) } }),
  };
  console.error(
    `${cell.perSecond}/s`.padStart(6),
    `${cell.workers} workers`,
    (cell.halve ? `halved: kept after ${median(followed)} s (worst ${Math.max(...followed)})` : '').padEnd(
      44,
    ),
    `used ${result.used.median} % (worst ${result.used.worst})`.padEnd(30),
    `refused ${result.refused.median} % (worst ${result.refused.worst})`,
  );
  return result;
}

function outcome({ perSecond, workers, halve }: Cell, seed: number) {
  const changedAt = START_UP_MS + BEFORE_HALVING_MS;
  const to = halve ? changedAt + AFTER_HALVING_MS : START_UP_MS + STEADY_MS;
  const calls = play({
    perSecond,
    workers,
    halvedAt: halve ? changedAt : Number.POSITIVE_INFINITY,
    to,
    seed,
  });
  if (!halve) return { ...usage(calls, perSecond, START_UP_MS, to), followed: null };
  const followed = followedAfter(calls, perSecond / 2, changedAt, to);
  return { ...usage(calls, perSecond / 2, changedAt + 1000 * Math.min(10, followed ?? 10), to), followed };
}

interface Play {
  perSecond: number;
  workers: number;
  halvedAt: number;
  to: number;
  seed: number;
}

/** All calls that arrive at the provider until `to`. */
function play({ perSecond, workers, halvedAt, to, seed }: Play): SeenCall[] {
  const random = randomFrom(seed);
  const between = (least: number, most: number) => least + random() * (most - least);
  const limit = { perSecond };
  const calls: SeenCall[] = [];
  const events = createEvents();
  let state: PaceState = NEW_PACE;
  let gate = new Gate({ requestsPerSecond: perSecond, dayMs: 86_400_000 }, 0);
  events.at(halvedAt, (now) => {
    gate = new Gate({ requestsPerSecond: perSecond / 2, dayMs: 86_400_000 }, now).inheriting(gate, now);
  });

  for (let worker = 0; worker < workers; worker += 1) {
    const awake = stallsOf(between, random, to);
    let skipped = false;
    const ready: Slot[] = [];
    let claiming = false;
    let idle = true;

    /** Reads, and writes unless somebody else has meanwhile. */
    const change = (
      from: number,
      next: (state: PaceState, now: number) => PaceState | null,
      done: (now: number) => void = () => undefined,
    ) => {
      events.at(awake(from + between(2, 6)), (reading) => {
        const seen = state;
        const changed = next(seen, reading);
        if (changed === null) return done(reading);
        events.at(awake(reading + between(2, 6)), (now) => {
          if (seen !== state) return change(now + between(0, 20), next, done);
          state = changed;
          done(now);
        });
      });
    };
    const claim = (now: number) => {
      claiming = true;
      let later: number | null = null;
      let slots: Slot[] = [];
      const take = (seen: PaceState, reading: number) => {
        const taken = claimSlots(seen, limit, reading, Array<number>(WAITING).fill(0));
        later = taken.kind === 'later' ? taken.at : null;
        slots = taken.kind === 'slots' ? taken.slots : [];
        return taken.kind === 'slots' ? taken.state : null;
      };
      change(now, take, (then) => {
        if (later !== null) return events.at(awake(Math.max(then, later) + between(0, 5)), claim);
        ready.push(...slots);
        claiming = false;
        if (idle) serve(then);
      });
    };
    const serve = (now: number) => {
      const last = ready.at(-1);
      if (!claiming && (ready.length <= 1 || (last && last.at - now < NEAR_MS))) claim(now);
      const slot = ready.shift();
      idle = slot === undefined;
      if (slot === undefined) return;
      events.at(awake(Math.max(now, slot.at) + between(0, 1)), (turn) => {
        skipped = !skipped && isTooLate(slot, turn);
        if (!skipped) events.at(awake(turn + between(6, 20)), (sentAt) => send(slot, sentAt));
        serve(turn);
      });
    };
    const send = (slot: Slot, sentAt: number) => {
      if (isLate(slot, sentAt)) change(sentAt, (seen) => postpone(seen, slot, sentAt));
      events.at(sentAt + between(0.5, 2), (now) => {
        const throttled = gate.refuses(0, now) !== null;
        if (!throttled) gate.enter(0, now);
        calls.push({ at: now, fate: throttled ? 'throttled' : 'answered' });
        if (throttled) events.at(awake(now + between(1, 4)), (then) => hear(slot.number, then));
      });
    };
    const heard: number[] = [];
    const hear = (slot: number, now: number) => {
      if (heard.push(slot) === 1) tell(now);
    };
    const tell = (from: number) => {
      let told = 0;
      const judge = (seen: PaceState, reading: number) => {
        told = heard.length;
        return refuse(seen, limit, reading, heard);
      };
      change(from, judge, (now) => {
        heard.splice(0, told);
        if (heard.length > 0) tell(now);
      });
    };
    claim(between(0, 200));
  }
  events.run(to);
  return calls;
}

/** Puts off what a standing worker cannot do until it goes on. */
function stallsOf(between: (least: number, most: number) => number, random: () => number, to: number) {
  const stalls: { from: number; until: number }[] = [];
  for (let from = 0; from < to; ) {
    from += (-Math.log(1 - random()) / Number(values.stalls)) * 1000;
    stalls.push({ from, until: from + between(20, 150) });
  }
  let first = 0;
  return (time: number) => {
    while (first < stalls.length - 1 && (stalls[first]?.until ?? 0) < time - 5_000) first += 1;
    for (let index = first; index < stalls.length; index += 1) {
      const stall = stalls[index];
      if (!stall || stall.from > time) return time;
      if (time < stall.until) return stall.until;
    }
    return time;
  };
}

function createEvents() {
  const heap: { time: number; act: (now: number) => void }[] = [];
  const timeOf = (index: number) => heap[index]?.time ?? Number.POSITIVE_INFINITY;
  const swap = (a: number, b: number) => {
    [heap[a], heap[b]] = [heap[b] as (typeof heap)[0], heap[a] as (typeof heap)[0]];
  };
  return {
    at(time: number, act: (now: number) => void) {
      heap.push({ time, act });
      for (let i = heap.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1;
        if (timeOf(parent) <= timeOf(i)) break;
        swap(i, parent);
        i = parent;
      }
    },
    run(to: number) {
      while (timeOf(0) < to) {
        swap(0, heap.length - 1);
        const event = heap.pop();
        for (let i = 0; ; ) {
          const least = timeOf(2 * i + 1) <= timeOf(2 * i + 2) ? 2 * i + 1 : 2 * i + 2;
          if (timeOf(least) >= timeOf(i)) break;
          swap(i, least);
          i = least;
        }
        event?.act(event.time);
      }
    },
  };
}

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
