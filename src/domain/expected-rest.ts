import { accountOf } from './account.ts';
import type { ExpectedCall } from './call.ts';

/** How far an item came with answers that are paid for already. */
export interface Progress {
  /** Answered calls by account (`provider/model`). */
  answered: Record<string, number>;
  /** The first call without an answer; null when nothing is to be bought, undefined when nothing is known. */
  next: { account: string; operation: string } | null | undefined;
}

/**
 * The calls that an item has still to buy, with shares of its own: the next one for certain; after it, of each account
 * as many as items ask on average, less those that it has asked, spread as they are over all items. That is an
 * approximation: what an item asks next follows from answers that nobody has yet.
 */
export function expectedRest(calls: readonly ExpectedCall[], { answered, next }: Progress): ExpectedCall[] {
  if (next === null) return [];
  const certain = (call: ExpectedCall) =>
    next?.account === accountOf(call) && next.operation === call.operation;
  return [...Map.groupBy(calls, accountOf)].flatMap(([account, asked]) => {
    const average = total(asked);
    const here = asked.find(certain);
    const left = Math.max(average - (answered[account] ?? 0), next?.account === account ? 1 : 0);
    const others = here ? asked.filter((call) => call !== here) : asked;
    const spread = total(others) > 0 ? (left - (here ? 1 : 0)) / total(others) : 0;
    return asked
      .map((call) => (call === here ? certainly(call) : { ...call, share: call.share * spread }))
      .filter(({ share }) => share > 0);
  });
}

function certainly({ within: _, ...call }: ExpectedCall): ExpectedCall {
  return { ...call, share: 1 };
}

function total(calls: readonly ExpectedCall[]): number {
  return calls.reduce((sum, { share }) => sum + share, 0);
}
