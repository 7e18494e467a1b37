import type { CallOutcome } from '../../domain/call.ts';
import type { Nanodollars } from '../../domain/money.ts';
import type { PageClaim } from '../../domain/page.ts';
import { Fenced } from '../journal.ts';
import type { Answers } from './answers.ts';
import type { Row, Table } from './table.ts';

/** A call that is about to be sent. */
export interface Intent {
  callKey: string;
  item: string;
  /** `provider/model`, under which its cost is reported. */
  account: string;
  worstCase: Nanodollars;
  /** UTC day whose budget it is charged to. */
  day: string;
}

/** What became of one intent. */
export interface Outcome {
  slot: number;
  index: number;
  outcome: CallOutcome;
  /** Zero unless billed. */
  cost: Nanodollars;
}

/** One call that was sent, or may have been, with what is known of it. */
export interface LoggedCall extends Intent {
  page: string;
  slot: number;
  index: number;
  outcome: CallOutcome | 'in-flight';
  cost: Nanodollars;
}

interface LogRow extends Row {
  page: string;
  fence: number;
  intents?: Intent[];
  outcomes?: Outcome[];
  /** Calls that were booked as unknown. */
  unknown?: Pick<Outcome, 'slot' | 'index'>[];
}

const PREFIX = 'log#';

/**
 * The append-only log of one page: slots 0, 1, 2… of intents, each written before its calls are sent, and
 * outcomes beside them. A slot can be taken once: whoever finds the next one taken by a higher fence has
 * been replaced.
 */
export interface PageLog {
  /** Appends intents under the next slot and returns it. Throws {@link Fenced}. */
  append(intents: Intent[]): Promise<number>;
  /** Writes outcomes, and the answers that came with them. */
  settle(outcomes: Outcome[], answers?: Row[]): Promise<void>;
  /** All calls of the page so far, by every attempt. */
  calls(): Promise<LoggedCall[]>;
  /** The same, to be booked: from now on, what is unknown is for a person to settle, though its answer may come in late. */
  callsToBook(): Promise<LoggedCall[]>;
  /** Keys of calls that earlier attempts sent, and of which nobody knows what became. */
  lost: ReadonlySet<string>;
}

/**
 * Opens the log for this claim, and seals it for every older one: their next append fails, and their calls
 * without an outcome get one, `answered` if the answer arrived, else `unknown`. Throws {@link Fenced} when a
 * newer attempt has opened it already.
 */
export async function openPageLog(table: Table, answers: Answers, claim: PageClaim): Promise<PageLog> {
  const pk = `run#${claim.runId}`;
  const prefix = `${PREFIX}${claim.page}#`;
  let next = 0;
  let settlements = 0;

  const rows = () => table.query(pk, prefix) as Promise<LogRow[]>;

  async function take(row: Pick<LogRow, 'intents'>): Promise<number> {
    for (;;) {
      const sk = `${prefix}${String(next).padStart(6, '0')}`;
      const taken = await table.putNew({ pk, sk, page: claim.page, fence: claim.fence, ...row });
      const slot = next++;
      if (taken) return slot;
      const holder = (await table.get(pk, sk)) as LogRow;
      // The client library may have repeated a put whose acknowledgement was lost: then the row is ours.
      if (holder.fence === claim.fence && sameIntents(holder.intents, row.intents)) return slot;
      if (holder.fence >= claim.fence) throw takenOver(claim);
    }
  }

  async function settle(outcomes: Outcome[], answers: Row[] = []): Promise<void> {
    const sk = `${prefix}outcome#${claim.fence}#${String(settlements++).padStart(6, '0')}`;
    // One request for both. Should half of it get through: an answer without its outcome is found when the log is
    // sealed; an outcome without its answer is bought again, and then listed as a duplicate.
    await table.putMany([...answers, { pk, sk, page: claim.page, fence: claim.fence, outcomes }]);
  }

  const calls = async () => loggedCalls(await rows());

  async function callsToBook(): Promise<LoggedCall[]> {
    const all = await calls();
    const unknown = all
      .filter(({ outcome }) => outcome === 'unknown' || outcome === 'in-flight')
      .map(({ slot, index }) => ({ slot, index }));
    if (unknown.length === 0) return all;
    // Whoever came first has it.
    await table.putNew({ pk, sk: `${prefix}booked`, page: claim.page, fence: claim.fence, unknown });
    return calls();
  }

  const found = await rows();
  if (found.some(({ fence }) => fence > claim.fence)) throw takenOver(claim);
  next = highestSlot(found, prefix) + 1;
  // Every attempt begins with a slot of its own, so that older ones find the next one taken.
  await take({ intents: [] });
  if (found.length > 0) {
    // Read again: until the seal, an older attempt may have appended.
    const left = (await calls()).filter(({ outcome }) => outcome === 'in-flight');
    if (left.length > 0) await settle(await judge(left, answers));
  }
  const unknown = found.length > 0 ? (await calls()).filter(({ outcome }) => outcome === 'unknown') : [];
  const lost = new Set(unknown.map(({ callKey }) => callKey));
  return { append: (intents) => take({ intents }), settle, calls, callsToBook, lost };
}

/** All calls of a run, for its report. */
export async function callsOfRun(table: Table, runId: string): Promise<LoggedCall[]> {
  const rows = (await table.query(`run#${runId}`, PREFIX)) as LogRow[];
  const pages = Map.groupBy(rows, ({ page }) => page);
  return [...pages.values()].flatMap(loggedCalls);
}

async function judge(calls: LoggedCall[], answers: Answers): Promise<Outcome[]> {
  const found = await answers.findMany(calls.map(({ callKey }) => callKey));
  return calls.map(({ page, slot, index, callKey }) => {
    const answer = found.get(callKey);
    const arrived = answer?.request === requestName(page, slot, index);
    return { slot, index, outcome: arrived ? 'answered' : 'unknown', cost: arrived ? answer.cost : 0 };
  });
}

export function requestName(page: string, slot: number, index: number): string {
  return `${page}#${slot}.${index}`;
}

function loggedCalls(rows: LogRow[]): LoggedCall[] {
  const outcomes = new Map<string, Outcome>();
  for (const outcome of rows.flatMap((row) => row.outcomes ?? [])) {
    const key = `${outcome.slot}.${outcome.index}`;
    // An answer that came in late, after its call was judged unknown, is the better knowledge: until it was booked.
    if (outcomes.get(key)?.outcome !== 'answered') outcomes.set(key, outcome);
  }
  for (const { slot, index } of rows.flatMap((row) => row.unknown ?? [])) {
    outcomes.set(`${slot}.${index}`, { slot, index, outcome: 'unknown', cost: 0 });
  }
  return rows.flatMap(({ page, sk, intents }) =>
    (intents ?? []).map((intent, index) => {
      const slot = Number(sk.slice(sk.lastIndexOf('#') + 1));
      const known = outcomes.get(`${slot}.${index}`);
      return { ...intent, page, slot, index, outcome: known?.outcome ?? 'in-flight', cost: known?.cost ?? 0 };
    }),
  );
}

function takenOver({ page, runId }: PageClaim): Fenced {
  return new Fenced(`page ${page} of run ${runId} has been taken over by a newer attempt`);
}

function highestSlot(rows: LogRow[], prefix: string): number {
  const slots = rows.filter(({ intents }) => intents).map(({ sk }) => Number(sk.slice(prefix.length)));
  return Math.max(-1, ...slots);
}

function sameIntents(a: Intent[] | undefined, b: Intent[] | undefined): boolean {
  const keys = (intents: Intent[] | undefined) => intents?.map(({ callKey }) => callKey).join();
  return keys(a) === keys(b);
}
