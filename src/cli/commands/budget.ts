import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { z } from 'zod';
import type { BackfillClient } from '../../client.ts';
import { formatUsd, nanodollars, toUsd } from '../../domain/money.ts';
import { unlessNoTable } from '../../known-runs.ts';
import type { DayBudget } from '../../stores/ledger/days.ts';
import { EXIT } from '../exit-codes.ts';
import { addFlags, readFlags } from '../flags.ts';
import { print, printJson, say } from '../output.ts';
import { act } from '../run-program.ts';
import { sessionFlags, withSession } from '../session.ts';
import { formatPairs } from '../table.ts';

const perDay = z.string().transform((given, context) => {
  if (given === 'none') return null;
  const usd = given.trim() === '' ? Number.NaN : Number(given);
  if (usd > 0 && usd <= 1_000_000) return nanodollars(usd);
  context.addIssue({
    code: 'custom',
    message: 'expected an amount in dollars, above 0 and a million at most, or none',
  });
  return z.NEVER;
});

const flags = sessionFlags.extend({
  perDay: perDay
    .optional()
    .describe('from now on, all runs together spend no more than this a day (UTC); none: no such limit')
    .meta({ placeholder: 'usd' }),
});

export function budgetCommand(program: Command): void {
  const command = program
    .command('budget')
    .description('what all runs together have spent today, and may spend in a day (UTC)');
  addFlags(command, flags).addHelpText(
    'after',
    '\nRuns that reach it pause until the next day. Raising it lets them go on at once.\n\nExamples:\n  backfill budget\n  backfill budget --per-day 50',
  );
  command.action(
    act(async () => {
      const { json, dataDir, perDay: cap } = readFlags(command, flags);
      return withSession({ dataDir, needsWorker: false }, async ({ client, servers }) => {
        const { ledger } = client.surroundings;
        if (cap !== undefined) {
          await ledger.create();
          await ledger.days.setCap(cap);
        }
        const day = await unlessNoTable(ledger.days.read(), NOTHING_YET);
        const resumed = cap === undefined ? [] : await resumeWaiting(client, day);
        if (json) printJson({ ...inUsd(day), resumed });
        else print(dayTable(day));
        for (const backfill of resumed)
          say(
            servers.origin === 'own'
              ? `${backfill} may go on: 'start-backfill ${backfill}'`
              : `${backfill} goes on; 'backfill watch ${backfill}' shows it`,
          );
        return EXIT.done;
      });
    }),
  );
}

const NOTHING_YET: DayBudget = {
  day: new Date().toISOString().slice(0, 10),
  cap: null,
  spent: 0,
  held: 0,
};

/** Runs that the day's budget pauses, and that there is money for now. Returns their backfills. */
async function resumeWaiting(client: BackfillClient, { cap, spent, held }: DayBudget): Promise<string[]> {
  if (cap !== null && spent + held >= cap) return [];
  const waiting = (await client.runs()).filter(
    ({ state, reason }) => /^paus/.test(state) && reason?.kind === 'day-budget',
  );
  for (const { backfill } of waiting) await client.resume(backfill, userInfo().username);
  return waiting.map(({ backfill }) => backfill);
}

function dayTable({ day, cap, spent, held }: DayBudget): string {
  return formatPairs([
    ['day (UTC)', day],
    ['spent', formatUsd(spent)],
    ['held for calls', formatUsd(held)],
    ['budget', cap === null ? 'none' : `${formatUsd(cap)} a day`],
    ...(cap === null ? [] : [['left', formatUsd(Math.max(0, cap - spent - held))] as const]),
  ]);
}

function inUsd({ day, cap, spent, held }: DayBudget) {
  return { day, capUsd: cap === null ? null : toUsd(cap), spentUsd: toUsd(spent), heldUsd: toUsd(held) };
}
