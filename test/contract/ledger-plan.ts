import fc from 'fast-check';
import { FATES } from './ledger-provider.ts';

/** Two runs; the last page is the second run's. */
export const PAGES = [
  { run: 0, name: 'a/0' },
  { run: 0, name: 'a/1' },
  { run: 1, name: 'b/0' },
] as const;

/** Requests after which it matters most what happens next. */
export const MOMENTS = {
  opened: /if_not_exists\(holds/,
  declared: /"intents":\[\{/,
  sent: / send /,
  settled: /BatchWrite/,
  committed: / commit /,
  booked: /REMOVE/,
};

const worker = fc.constantFrom(0, 1);
const run = fc.constantFrom(0, 1);
const page = fc.nat(PAGES.length - 1);
const pick = fc.nat(11);

const command = fc.oneof(
  /** So many requests get through, of whoever's. */
  commandOf(5, { do: fc.constant('let'), picks: fc.array(pick, { minLength: 1, maxLength: 40 }) }),
  /** Requests get through until such a one has been carried out, and nobody knows of it yet. */
  commandOf(5, {
    do: fc.constant('until'),
    moment: fc.constantFrom(...(Object.keys(MOMENTS) as (keyof typeof MOMENTS)[])),
    picks: fc.array(pick, { minLength: 1, maxLength: 5 }),
  }),
  /** A worker takes a page up, whoever else has it. */
  commandOf(5, { do: fc.constant('work'), worker, page }),
  commandOf(2, { do: fc.constant('crash'), worker }),
  commandOf(3, { do: fc.constant('freeze'), worker }),
  commandOf(2, { do: fc.constant('wake'), pick }),
  commandOf(3, { do: fc.constant('fault'), pick, fault: fc.constantFrom('fails', 'repeated') }),
  commandOf(1, { do: fc.constant('tune'), run, budget: fc.integer({ min: 1, max: 600 }) }),
  commandOf(1, { do: fc.constant('settle'), run, pick, atWorst: fc.boolean() }),
  commandOf(2, { do: fc.constantFrom('pause', 'pause', 'resume', 'resume', 'end'), run }),
);

function commandOf<T>(weight: number, model: { [K in keyof T]: fc.Arbitrary<T[K]> }) {
  return { weight, arbitrary: fc.record(model) };
}

const question = fc
  .record({ worstCase: fc.constantFrom<number>(10, 30, 50, 100), share: fc.integer({ min: 1, max: 10 }) })
  .map(({ worstCase, share }) => ({ worstCase, cost: Math.ceil((worstCase * share) / 10) }));

/** Items of a page: each asks its questions one after another. */
const items = fc.array(fc.array(fc.nat(5), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });

/** One course of events, all of it. */
export const plan = fc.record({
  budgets: fc.tuple(fc.integer({ min: 20, max: 500 }), fc.integer({ min: 20, max: 500 })),
  dayCap: fc.option(fc.integer({ min: 20, max: 700 })),
  onUnknown: fc.constantFrom('repay', 'hold'),
  questions: fc.array(question, { minLength: 6, maxLength: 6 }),
  pages: fc.array(items, { minLength: PAGES.length, maxLength: PAGES.length }),
  /** One request after another; then all are answered. */
  fates: fc.array(fc.constantFrom('answered', ...FATES), { maxLength: 12 }),
  commands: fc
    .tuple(page, fc.array(command, { minLength: 4, maxLength: 20 }))
    .map(([first, more]) => [{ do: 'work', worker: 0, page: first } as const, ...more]),
  /** At the end, when everything goes on till nothing is left to be done. */
  picks: fc.array(pick, { minLength: 1, maxLength: 10 }),
  /** Frozen processes that are woken only after the runs have ended. */
  sleepLong: fc.boolean(),
});

export type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;
export type Command = Plan['commands'][number];

const SIMPLE: Omit<Plan, 'commands'> = {
  budgets: [20, 20],
  dayCap: null,
  onUnknown: 'repay',
  questions: Array.from({ length: 6 }, () => ({ worstCase: 10, cost: 1 })),
  pages: PAGES.map(() => [[0]]),
  fates: [],
  picks: [0],
  sleepLong: false,
};

/** Courses of events that once went wrong. */
export const KNOWN: Plan[] = [
  {
    // A worker opens the day's hold while the end of the run frees the page.
    ...SIMPLE,
    picks: [0, 0, 3],
    commands: [
      { do: 'work', worker: 0, page: 2 },
      { do: 'let', picks: [0, 0, 0] },
      { do: 'work', worker: 0, page: 0 },
      { do: 'end', run: 1 },
      { do: 'work', worker: 0, page: 0 },
      { do: 'tune', run: 0, budget: 1 },
      { do: 'let', picks: [5, 1] },
      { do: 'work', worker: 0, page: 0 },
      { do: 'let', picks: [4, 5, 6, 0] },
      { do: 'let', picks: [0, 8, 5, 0] },
    ],
  },
  {
    // A worker is frozen between the run's hold and the day's.
    ...SIMPLE,
    commands: [
      { do: 'work', worker: 0, page: 0 },
      { do: 'let', picks: [0, 0, 0, 0] },
      { do: 'freeze', worker: 0 },
      { do: 'work', worker: 1, page: 0 },
      { do: 'let', picks: Array.from({ length: 80 }, () => 0) },
    ],
  },
  {
    // A worker is frozen before it opens a page that another one then books.
    ...SIMPLE,
    commands: [
      { do: 'work', worker: 0, page: 0 },
      { do: 'let', picks: [0, 0] },
      { do: 'freeze', worker: 0 },
      { do: 'work', worker: 1, page: 0 },
      { do: 'let', picks: Array.from({ length: 120 }, () => 0) },
    ],
  },
  {
    // What a page gives back is not what its next call relies on.
    ...SIMPLE,
    budgets: [200, 20],
    dayCap: 80,
    questions: [100, 30, 30, 50, 30, 30].map((worstCase) => ({ worstCase, cost: 1 })),
    pages: [
      [
        [1, 0],
        [2, 4],
        [5, 0],
      ],
      [[3, 0], [1]],
      [[0]],
      [[4, 2]],
    ],
    commands: [
      { do: 'work', worker: 0, page: 0 },
      { do: 'work', worker: 1, page: 1 },
      { do: 'let', picks: Array.from({ length: 120 }, (_, n) => (n * 7) % 5) },
    ],
  },
];
