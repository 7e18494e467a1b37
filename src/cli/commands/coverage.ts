import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../../domain/failure.ts';
import { wholeNumber } from '../flags.ts';
import { cannot, perBackfill, withBackfill } from '../per-backfill.ts';
import { sessionFlags } from '../session.ts';
import { tellTables } from '../tell-tables.ts';

const SAMPLE = 100;

const flags = sessionFlags.extend({
  sample: wholeNumber(1)
    .optional()
    .describe(`look at so many items, chosen by chance (default: ${SAMPLE})`)
    .meta({ placeholder: 'items' }),
  all: z.boolean().default(false).describe('look at every item'),
});

export function coverageCommand(program: Command): void {
  const command = program
    .command('coverage')
    .description('how much of what a backfill needs is there already; changes nothing');
  perBackfill(command, {
    flags,
    telling: 'coverage',
    help: (name) => `Examples:
  backfill coverage ${name}         of ${SAMPLE} items
  backfill coverage ${name} --all   of every item`,
    async action(asked) {
      const { sample, all, json } = asked.given;
      if (all && sample !== undefined)
        throw new UsageError('--all looks at every item, and --sample at some', 'give one of them');
      return withBackfill(asked, async (backfill) => {
        if (!backfill.coverage) throw cannot('coverage', asked.definition);
        const tables = await backfill.coverage(all ? 'all' : (sample ?? SAMPLE));
        return tellTables(asked.definition, tables, { json });
      });
    },
  });
}
