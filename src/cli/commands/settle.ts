import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../../domain/failure.ts';
import { formatUsd, nanodollars, toUsd } from '../../domain/money.ts';
import { confirm, requireYes } from '../confirm.ts';
import { EXIT } from '../exit-codes.ts';
import { addFlags, readFlags } from '../flags.ts';
import { print, printJson } from '../output.ts';
import { act } from '../run-program.ts';
import { sessionFlags, withSession } from '../session.ts';

const flags = sessionFlags.extend({
  paid: z.boolean().default(false).describe('it was billed'),
  cost: z
    .number({ error: 'expected an amount in dollars, above 0' })
    .positive('expected an amount in dollars, above 0')
    .optional()
    .describe('with --paid: so much was billed (default: its cost at most)')
    .meta({ placeholder: 'usd' }),
  unpaid: z.boolean().default(false).describe('it was not billed'),
  yes: z.boolean().default(false).describe('do not ask'),
});

export function settleCommand(program: Command): void {
  const command = program
    .command('settle')
    .description('close a call of which nobody knew whether it was billed; once, and for good')
    .argument('<call>', "as 'backfill report' lists it: <run>/<page>#<slot>.<index>");
  addFlags(command, flags).addHelpText(
    'after',
    "\nThe provider's own bill tells. The run's budget gets back what the call did not cost.\n\nExample:\n  backfill settle '20261121-015733-k3v9/vehicle-17/2#4.0' --paid --cost 0.012",
  );
  command.action(
    act(async (call: string) => {
      const { json, dataDir, yes, ...verdict } = readFlags(command, flags);
      const cost = costOf(verdict);
      requireYes(yes, 'settle');
      return withSession({ dataDir, needsWorker: false }, async ({ client }) => {
        const so = cost === 0 ? 'not billed' : `billed${cost === null ? '' : ` ${formatUsd(cost)}`}`;
        if (!(await confirm(yes, `Close call ${call} for good, as ${so}?`))) return EXIT.failed;
        const settlement = await client.settle(call, cost, userInfo().username);
        const { by, at } = settlement;
        if (json) printJson({ call, costUsd: toUsd(settlement.cost), by, at });
        else print(settlement.cost === 0 ? 'not billed' : `billed ${formatUsd(settlement.cost)}`);
        return EXIT.done;
      });
    }),
  );
}

/** Null: its worst case. */
function costOf({ paid, cost, unpaid }: { paid: boolean; cost?: number | undefined; unpaid: boolean }) {
  if (paid === unpaid)
    throw new UsageError(
      paid ? 'a call was paid, or it was not' : 'settle needs to know whether the call was billed',
      'give one of --paid and --unpaid',
    );
  if (unpaid && cost !== undefined)
    throw new UsageError('--cost is for a call that was billed', 'leave it out, or give --paid');
  if (unpaid) return 0;
  return cost === undefined ? null : nanodollars(cost);
}
