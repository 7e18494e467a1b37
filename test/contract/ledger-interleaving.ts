import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { PaidCall } from '../../src/domain/call.ts';
import { NO_COUNTS } from '../../src/domain/counts.ts';
import { CallFailure, UnusableAnswer, UsageError } from '../../src/domain/failure.ts';
import type { PageClaim } from '../../src/domain/page.ts';
import { DEFAULT_SETTINGS } from '../../src/domain/settings.ts';
import { endRun } from '../../src/stores/end-run.ts';
import type { Journal } from '../../src/stores/journal.ts';
import { callKey } from '../../src/stores/ledger/call-key.ts';
import { createLedger, type Ledger } from '../../src/stores/ledger/ledger.ts';
import { callsOfRun } from '../../src/stores/ledger/page-log.ts';
import { callName } from '../../src/stores/ledger/settling.ts';
import type { Books } from './ledger-books.ts';
import type { Clock } from './ledger-clock.ts';
import { createReceipts, isOrdinaryEnd, type Receipts, workPage } from './ledger-page.ts';
import { type Command, MOMENTS, PAGES, type Plan } from './ledger-plan.ts';
import type { Fate, WitnessProvider } from './ledger-provider.ts';
import { clientThrough, createTurnstile, type Passenger, type Turnstile } from './ledger-turnstile.ts';

interface Process extends Passenger {
  ledger: Ledger;
  client: DynamoDBClient;
}

/** Two workers and a person at two runs, each of whose requests waits until the plan lets it go. */
export interface Interleaving {
  runIds: readonly [string, string];
  receipts: Receipts;
  turnstile: Turnstile;
  /** What must never be, and was. */
  defects: string[];
  command(command: Command): Promise<void>;
  /** Lets everything go on till nothing waits any more. */
  drain(): Promise<void>;
  wakeAll(): void;
  /** Works every page that is left, then ends both runs. */
  finish(): Promise<void>;
  close(): void;
}

/** How long a request takes, by the clock of the test. */
const STEP_MS = 100;
const LONGEST_COMMAND = 80;
/** Longer than any schedule may take that makes progress. */
const MOST_STEPS = 3_000;

export async function createInterleaving(
  plan: Plan,
  parts: {
    name: string;
    provider: WitnessProvider;
    clock: Clock;
    books: Books;
  },
): Promise<Interleaving> {
  const { name, provider, clock, books } = parts;
  const witness = books.ledger;
  const runIds = [`${name}-0`, `${name}-1`] as const;
  const turnstile = createTurnstile();
  const receipts = createReceipts();
  const defects: string[] = [];
  /** Keys of answers that are in the ledger. */
  const durable = new Set<string>();
  /** Requests to the provider that are on their way, by `<run>/<question>`. */
  const underWay: string[] = [];
  const processes: Process[] = [];
  let fates = 0;
  let changed = false;

  function start(label: string): Process {
    const process: Process = { name: label, stands: 'working' } as Process;
    process.client = clientThrough(turnstile, process, (request) => {
      if (!request.includes('"ConsistentRead"')) changed = true;
      if (!request.includes('"RequestItems"')) return;
      for (const [, key] of request.matchAll(/"answer#(\w+)","sk":"answer","callKey"/g))
        durable.add(`${key}`);
    });
    process.ledger = createLedger(process.client, books.table.name);
    processes.push(process);
    return process;
  }

  let generation = 0;
  const workers = [start('worker 0'), start('worker 1')];
  const person = start('person');

  function replace(worker: number, stands: Passenger['stands']): void {
    (workers[worker] as Process).stands = stands;
    workers[worker] = start(`worker ${worker}${'abcdefghijklmnopqrstuvwxyz'[generation++ % 26]}`);
  }

  function call(process: Process, runId: string, question: number): PaidCall<string> {
    const { worstCase, cost } = plan.questions[question] as Plan['questions'][number];
    const place = `${runId}/${name}-${question}`;
    const asked: PaidCall<string> = {
      provider: 'openai',
      model: 'm',
      operation: 'ask',
      promptVersion: '1',
      parameters: {},
      contentHash: `${name}-${question}`,
      parse(body) {
        const { answer } = body as { answer: string | null };
        if (answer === null) throw new UnusableAnswer('answer-off-schema', 'no answer');
        return answer;
      },
      prepare: async () => ({
        worstCase,
        async send() {
          const fate = plan.fates[fates++] ?? 'answered';
          underWay.push(place);
          const reply = await turnstile
            .through(process, `send ${place}, ${fate}`, () => request(provider, place, fate, cost), true)
            .finally(() => underWay.splice(underWay.indexOf(place), 1))
            .catch((cause: unknown) => {
              throw new CallFailure('unknown', 'call-unknown', 'cut', { cause });
            });
          if (reply === null) throw new CallFailure('refused', 'call-rejected', 'refused');
          return { body: reply, cost };
        },
      }),
    };
    return asked;
  }

  /** As {@link call}, at the moment when it is asked: when its answer is in the ledger by then, it must not be sent. */
  function watched(process: Process, runId: string, question: number): PaidCall<string> {
    const asked = call(process, runId, question);
    if (!durable.has(callKey(asked))) return asked;
    return {
      ...asked,
      async prepare() {
        defects.push(`question ${question} is answered, and bought again`);
        return asked.prepare();
      },
    };
  }

  const fences = PAGES.map(() => 0);

  function work(worker: number, page: number): void {
    const process = workers[worker] as Process;
    const { run, name: pageName } = PAGES[page] as (typeof PAGES)[number];
    fences[page] = (fences[page] ?? 0) + 1;
    const claim: PageClaim = { runId: runIds[run], scope: '', page: pageName, fence: fences[page] };
    const gated: Receipts = {
      ...receipts,
      claim: (claim) =>
        turnstile.through(process, `claim ${claim.page} (${claim.fence})`, () => receipts.claim(claim)),
      commit: (claim, receipt) =>
        turnstile.through(process, `commit ${claim.page} (${claim.fence})`, () =>
          receipts.commit(claim, receipt),
        ),
    };
    const items = (plan.pages[page] ?? []).map((chain) =>
      chain.map((question) => () => watched(process, claim.runId, question)),
    );
    workPage(claim, items, { ledger: process.ledger, receipts: gated }).catch((error: unknown) => {
      if (!isOrdinaryEnd(error) && !/no connection|connection reset/.test(String(error)))
        defects.push(`page ${claim.page}: ${error instanceof Error ? error.stack : error}`);
    });
  }

  /** What a person does; a wrong use is told to the person. */
  function personally(what: Promise<unknown>): void {
    what.catch((error: unknown) => {
      if (!(error instanceof UsageError) && !isOrdinaryEnd(error)) defects.push(`person: ${error}`);
    });
  }

  /** The truth about a call of unknown outcome: unpaid only where nothing was billed that nobody knows of. */
  async function settle(runId: string, pick: number, atWorst: boolean): Promise<void> {
    const { unknown } = await witness.audit(runId);
    const lost = unknown[pick % Math.max(1, unknown.length)];
    const question = plan.questions.findIndex(
      (_, n) => lost && callKey(call(person, runId, n)) === lost.callKey,
    );
    if (!lost || question < 0) return;
    const place = `${runId}/${name}-${question}`;
    const known = await billedAndKnown(runId, lost.callKey);
    const paid = (provider.billed.get(place) ?? 0) > known || underWay.includes(place);
    const cost = plan.questions[question]?.cost ?? 0;
    personally(person.ledger.settle(runId, callName(lost), paid ? (atWorst ? null : cost) : 0, 'a person'));
  }

  async function billedAndKnown(runId: string, key: string): Promise<number> {
    const calls = await callsOfRun(books.table, runId);
    return calls.filter(({ callKey, cost }) => callKey === key && cost > 0).length;
  }

  async function letOne(pick: number, fault?: 'fails' | 'repeated'): Promise<boolean> {
    const went = await turnstile.letOne(pick, fault);
    if (!went) return false;
    clock.pass(STEP_MS);
    if (changed) {
      changed = false;
      await books.look(runIds);
    }
    return true;
  }

  /** Every other time it is the turn of who waits longest: nobody waits for ever. */
  async function drain(): Promise<void> {
    for (let steps = 0; ; steps += 1) {
      const pick = steps % 2 === 0 ? 0 : plan.picks[steps % plan.picks.length];
      if (!(await letOne(pick ?? 0))) return;
      if (steps > MOST_STEPS) throw new Error('it never comes to an end');
    }
  }

  const perform: { [Name in Command['do']]: (command: Extract<Command, { do: Name }>) => unknown } = {
    async let({ picks }) {
      for (const pick of picks) await letOne(pick);
    },
    async until({ moment, picks }) {
      for (let steps = 0; steps < LONGEST_COMMAND; steps += 1) {
        if (!(await letOne(picks[steps % picks.length] ?? 0))) return;
        const last = turnstile.trace.at(-1) ?? '';
        if (MOMENTS[moment].test(last) && !last.endsWith(': done')) return;
      }
    },
    work: ({ worker, page }) => work(worker, page),
    crash: ({ worker }) => replace(worker, 'dead'),
    freeze: ({ worker }) => replace(worker, 'frozen'),
    wake({ pick }) {
      const frozen = processes.filter(({ stands }) => stands === 'frozen');
      const sleeper = frozen[pick % Math.max(1, frozen.length)];
      if (sleeper) sleeper.stands = 'working';
    },
    fault: ({ pick, fault }) => letOne(pick, fault as 'fails' | 'repeated'),
    tune: ({ run, budget }) =>
      personally(person.ledger.runs.tune(runIds[run] as string, { budget }, 'a person')),
    settle: ({ run, pick, atWorst }) => settle(runIds[run] as string, pick, atWorst),
    pause: ({ run }) =>
      personally(
        person.ledger.runs
          .move(runIds[run] as string, 'pausing')
          .then(() => person.ledger.runs.move(runIds[run] as string, 'paused')),
      ),
    resume: ({ run }) => personally(person.ledger.runs.move(runIds[run] as string, 'running')),
    end: ({ run }) => personally(end(runIds[run] as string, 'cancelled')),
  };

  async function end(runId: string, to: 'done' | 'cancelled'): Promise<void> {
    if (to === 'cancelled') await person.ledger.runs.move(runId, 'cancelling');
    const journalOf = () => receipts as unknown as Journal;
    await endRun({ ledger: person.ledger, journalOf }, { runId, backfill: 'any' }, to);
  }

  async function finishPages(): Promise<void> {
    for (const [page, { run, name: pageName }] of PAGES.entries()) {
      const runId = runIds[run];
      await witness.runs.move(runId, 'paused');
      const { state } = await witness.runs.move(runId, 'running');
      if (state !== 'running') continue;
      work(page % 2, page);
      await drain();
      if ((await receipts.receipt(runId, pageName)) === null) defects.push(`page ${pageName} does not end`);
    }
  }

  for (const [n, runId] of runIds.entries()) {
    await witness.runs.create({
      runId,
      backfill: 'tiny',
      workflowId: 'none',
      selection: { only: 'missing', watermark: '' },
      settings: {
        ...DEFAULT_SETTINGS,
        options: {},
        rates: {},
        onUnknown: plan.onUnknown as 'repay' | 'hold',
        budget: plan.budgets[n as 0 | 1],
      },
      units: 1,
      counts: NO_COUNTS,
      classes: {},
      createdAt: new Date().toISOString(),
    });
    await witness.runs.move(runId, 'running');
  }
  await witness.days.setCap(plan.dayCap);

  return {
    runIds,
    receipts,
    turnstile,
    defects,
    drain,
    async command(command) {
      await (perform[command.do] as (command: Command) => unknown)(command);
      await turnstile.quiet();
      await books.look(runIds);
    },
    wakeAll() {
      for (const process of processes) if (process.stands === 'frozen') process.stands = 'working';
    },
    async finish() {
      await finishPages();
      for (const runId of runIds) {
        const ending = end(
          runId,
          (await witness.runs.get(runId))?.state === 'running' ? 'done' : 'cancelled',
        );
        personally(ending);
        await drain();
      }
    },
    close() {
      for (const process of processes) {
        process.stands = 'dead';
        process.client.destroy();
      }
    },
  };
}

async function request(
  { url }: WitnessProvider,
  place: string,
  fate: Fate,
  cost: number,
): Promise<{ answer: string | null } | null> {
  const response = await fetch(`${url}/${place}?fate=${fate}&cost=${cost}`, { method: 'POST' });
  const body = (await response.json()) as { answer: string | null };
  return response.status === 429 ? null : body;
}
