import { numberOf } from '../../src/stack/sample/identity.ts';
import type { LoggedCall } from '../../src/stores/ledger/page-log.ts';
import type { Call } from '../support/vehicle-simulator.ts';
import { nanodollarsOf } from './budget-world.ts';

/** What each call of unknown outcome did cost, in nanodollars; zero: it was not billed. */
export type Truth = { call: LoggedCall; cost: number }[];

/**
 * As a person finds out: of what the provider billed for a question, what the ledger knows of is crossed out, and the
 * rest is for the calls whose outcome nobody knew. Throws where the provider billed something that no call accounts for.
 */
export function truthAbout(logged: readonly LoggedCall[], provider: readonly Call[]): Truth {
  const bills = billsOf(provider);
  const questions = Map.groupBy(logged, ({ callKey }) => callKey);
  // Those that the ledger knows a price of find their bills first.
  const inOrder = [...questions.values()].sort((a, b) => known(b).length - known(a).length);
  const truth = inOrder.flatMap((calls) => {
    const open = calls.filter(({ outcome }) => outcome === 'unknown');
    const bill = bills.find((bill) => bill.isFor(calls));
    const rest = crossedOut(bill?.costs ?? [], known(calls));
    if (bill) bills.splice(bills.indexOf(bill), 1);
    if (rest.length > open.length)
      throw new Error(`${rest.length - open.length} calls were billed that nobody lists: ${name(calls)}`);
    return open.map((call, index) => ({ call, cost: rest[index] ?? 0 }));
  });
  if (bills.length > 0) throw new Error(`billed, and not in the ledger: ${bills.map(({ of }) => of)}`);
  return truth;
}

interface QuestionBill {
  of: string;
  costs: number[];
  isFor(calls: readonly LoggedCall[]): boolean;
}

function billsOf(calls: readonly Call[]): QuestionBill[] {
  const billed = calls.filter(({ billed }) => billed);
  const byQuestion = Map.groupBy(billed, ({ operation, content }) => `${operation} ${content}`);
  return [...byQuestion].map(([of, calls]) => {
    const costs = calls.map(({ costUsd }) => nanodollarsOf(costUsd));
    return {
      of,
      costs,
      isFor: (logged) =>
        logged.some(
          ({ item, account }) =>
            account.startsWith(`${calls[0]?.provider}/`) && `photo:${numberOf(item)}` === calls[0]?.content,
        ) && known(logged).every((cost) => costs.includes(cost)),
    };
  });
}

function known(calls: readonly LoggedCall[]): number[] {
  return calls.flatMap(({ cost }) => (cost > 0 ? [cost] : []));
}

function crossedOut(costs: readonly number[], known: readonly number[]): number[] {
  const rest = [...costs];
  for (const cost of known) {
    const place = rest.indexOf(cost);
    if (place < 0) throw new Error(`the ledger has spent ${cost} nanodollars that nobody billed`);
    rest.splice(place, 1);
  }
  return rest;
}

function name([call]: readonly LoggedCall[]): string {
  return `${call?.account} about ${call?.item}`;
}
