import { setTimeout as sleep } from 'node:timers/promises';
import type { Nanodollars } from '../../domain/money.ts';
import type { Run } from '../../domain/run.ts';
import { coalesce } from './coalesce.ts';
import type { Days, PageOfDay } from './days.ts';
import { notRunning, outOfBudget, outOfDayBudget } from './refusals.ts';
import type { Reservation, Runs } from './runs.ts';

/** What one page has set aside for its calls, of the run's budget and of the day's. */
export interface PageMoney {
  /** Names the page's hold. */
  id: string;
  /** UTC day that the page's calls are charged to. */
  day: string;
  /**
   * Sets aside what a call costs at worst. Waits while other calls hold money that they may give back. Throws
   * RunPaused when there is no room, ItemFailure when the run is not running, and the signal's reason.
   */
  hold(amount: Nanodollars, stop: AbortSignal): Promise<void>;
  /** A call that held money is over; so much of it is needed no more. */
  settle(left: Nanodollars): void;
}

interface Outlook {
  fits: boolean;
  hold: boolean;
  mark: number;
}

type Refusal = Exclude<Reservation, 'held'> | 'no-day-funds';

/** Asked again after this, or as soon as a call of this page is over. */
const LOOK_AGAIN_MS = 250;
/** Nobody else has given anything back for so long: then it is time to drain, and see what is left. */
const NOTHING_MOVES_MS = 3_000;
const GROUP = { maxBatch: 64 };

export function createPageMoney(parts: { run: Run; page: PageOfDay; runs: Runs; days: Days }): PageMoney {
  const { run, page, runs, days } = parts;
  /** Held for the page, but needed by no call any more. */
  let spare: Nanodollars = 0;
  /** Calls of this page that hold money. */
  let under = 0;
  let overs: (() => void)[] = [];

  async function holdMore(amount: Nanodollars): Promise<'held' | Refusal> {
    // Taken before anything is waited for: meanwhile, what is spare may be given back.
    const ofSpare = Math.min(spare, amount);
    spare -= ofSpare;
    const reservation = await reserveMore(amount - ofSpare);
    if (reservation !== 'held') spare += ofSpare;
    return reservation;
  }

  async function reserveMore(amount: Nanodollars): Promise<'held' | Refusal> {
    const reservation = await runs.reserve(run.runId, page.page, amount);
    if (reservation !== 'held') return reservation;
    const ofDay = await days.reserve(page, amount);
    if (ofDay === 'held') return 'held';
    await runs.release(run.runId, page.page, amount);
    return ofDay === 'closed' ? 'not-running' : 'no-day-funds';
  }

  const reserve = coalesce<Nanodollars, 'held' | Refusal>(async (amounts) => {
    const together = await holdMore(amounts.reduce((sum, amount) => sum + amount, 0));
    if (together === 'held' || together === 'not-running' || amounts.length === 1) {
      return amounts.map(() => together);
    }
    // The group does not fit, but some of its calls may: the budget is used to the last call that does.
    const singly: ('held' | Refusal)[] = [];
    for (const amount of amounts) singly.push(await holdMore(amount));
    return singly;
  }, GROUP);

  /** What this page does not need may be what another one waits for. */
  async function giveBack(): Promise<void> {
    const back = spare;
    if (back === 0) return;
    spare = 0;
    await runs.release(run.runId, page.page, back);
    await days.release(page, back);
  }

  async function somethingMoves(): Promise<void> {
    const over = new Promise<void>((resolve) => overs.push(resolve));
    await Promise.race([over, sleep(LOOK_AGAIN_MS)]);
  }

  /** Whether it would fit now, whether others hold what is missing, and what changes as they give back or take. */
  async function look(amount: Nanodollars, refusal: Refusal): Promise<Outlook> {
    if (refusal === 'no-day-funds') {
      const { cap, spent, held } = await days.read(page.hold.day);
      return { fits: cap === null || spent + held + amount <= cap, hold: held > 0, mark: spent + held };
    }
    const { available, holds } = (await runs.get(run.runId)) ?? run;
    const others = Object.entries(holds).filter(([name]) => name !== page.page);
    return { fits: available >= amount, hold: others.some(([, { amount }]) => amount > 0), mark: available };
  }

  /** Resolves when it is time to ask again: true. False: nothing will come of it. */
  function patience(amount: Nanodollars): (why: Refusal) => Promise<boolean> {
    let since = Date.now();
    let seen: number | undefined;
    return async (why) => {
      if (under > 0) since = Date.now();
      else {
        await giveBack();
        const { fits, hold, mark } = await look(amount, why);
        if (fits) return true;
        if (mark !== seen) since = Date.now();
        seen = mark;
        if (!hold || Date.now() - since > NOTHING_MOVES_MS) return false;
      }
      await somethingMoves();
      return true;
    };
  }

  async function wait(amount: Nanodollars, refusal: Refusal, stop: AbortSignal): Promise<'held'> {
    const timeToAsk = patience(amount);
    let why = refusal;
    while (why !== 'not-running' && (await timeToAsk(why))) {
      stop.throwIfAborted();
      const again = await reserve(amount);
      if (again === 'held') return again;
      why = again;
    }
    if (why === 'not-running') throw notRunning(run);
    throw why === 'no-funds'
      ? outOfBudget(run, amount)
      : outOfDayBudget(await days.read(page.hold.day), amount);
  }

  return {
    id: page.hold.id,
    day: page.hold.day,

    async hold(amount, stop) {
      const reservation = await reserve(amount);
      if (reservation !== 'held') await wait(amount, reservation, stop);
      under += 1;
    },

    settle(left) {
      spare += left;
      under -= 1;
      const waiting = overs;
      overs = [];
      for (const over of waiting) over();
    },
  };
}
