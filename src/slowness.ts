import { setTimeout as sleep } from 'node:timers/promises';
import { BACKFILLS } from './backfills/registry.ts';
import type { BackfillClient } from './client.ts';
import { accountOf } from './domain/account.ts';
import type { Run } from './domain/run.ts';
import type { RateLimit, Rates } from './domain/settings.ts';
import type { Standing } from './stores/ledger/pacer.ts';

/** What a worker said about itself longer ago is over. */
const FRESH_MS = 30_000;

/** A turn may lie ahead by chance; where calls queue up, it does so each time one looks. */
const LOOKS = 3;
const BETWEEN_LOOKS_MS = 100;

/** Why the run is slower than it could be, in words; empty where it is not, or does not run. */
export async function slownessOf({ surroundings: { ledger } }: BackfillClient, run: Run): Promise<string[]> {
  if (run.state !== 'running') return [];
  const { rates } = run.settings;
  let standings = await ledger.paces(accountsOf(run), rates);
  for (let look = 1; look < LOOKS; look++) {
    const waiting = standings.filter(({ waitingMs }) => waitingMs > 0).map(({ account }) => account);
    if (waiting.length === 0) break;
    await sleep(BETWEEN_LOOKS_MS);
    const now = await ledger.paces(waiting, rates);
    standings = standings.map((one) => now.find(({ account }) => account === one.account) ?? one);
  }
  return slowReasons(run, standings, Date.now());
}

export function slowReasons(
  { slow, settings }: Pick<Run, 'slow'> & { settings: { rates: Rates } },
  standings: readonly Standing[],
  now: number,
): string[] {
  const fresh = Object.values(slow).filter(({ at }) => now - at < FRESH_MS);
  return [
    ...new Set(fresh.flatMap(({ reasons }) => reasons)),
    ...standings.flatMap((one) => ofStanding(one, settings.rates)),
  ];
}

/** Whatever the run asks: each account may have a limit of its own. */
function accountsOf({ backfill, settings, spentBy }: Run): string[] {
  const definition = BACKFILLS.find(({ name }) => name === backfill);
  const expected = definition?.expects(definition.options.parse(settings.options)) ?? [];
  const asked = [...Object.keys(spentBy), ...expected.map(accountOf)];
  const providers = asked.map((account) => account.slice(0, account.indexOf('/')));
  return [...new Set([...providers, ...asked, ...Object.keys(settings.rates)])].sort();
}

function ofStanding({ account, factor, waitingMs }: Standing, rates: Rates): string[] {
  const percent = Math.round(100 * factor);
  if (percent < 100) return [`${account} slowed to ${percent} % after it throttled`];
  if (waitingMs === 0) return [];
  const limit = limitInWords(rates[account] ?? {});
  return [`waits for the limit of ${account}${limit && ` (${limit})`}`];
}

function limitInWords({ perSecond, perMinute, tokensPerMinute }: RateLimit): string {
  const count = (amount: number) => amount.toLocaleString('en-US');
  return [
    perSecond !== undefined && `${count(perSecond)}/s`,
    perMinute !== undefined && `${count(perMinute)}/min`,
    tokensPerMinute !== undefined && `${count(tokensPerMinute)} tokens/min`,
  ]
    .filter(Boolean)
    .join(', ');
}
