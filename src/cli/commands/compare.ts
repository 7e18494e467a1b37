import type { Command } from 'commander';
import { z } from 'zod';
import { wholeNumber } from '../flags.ts';
import { readIds } from '../id-file.ts';
import { cannot, perBackfill, withBackfill } from '../per-backfill.ts';
import { sessionFlags } from '../session.ts';
import { tellTables } from '../tell-tables.ts';

const SHOWN = 10;

const flags = sessionFlags.extend({
  ids: z
    .string()
    .optional()
    .describe('the items in FILE, one id per line; - reads stdin')
    .meta({ placeholder: 'file' }),
  limit: wholeNumber(1)
    .optional()
    .describe(`at most so many items (default: those of --ids, or ${SHOWN})`)
    .meta({ placeholder: 'items' }),
});

export function compareCommand(program: Command): void {
  const command = program
    .command('compare')
    .description('items as they were before a run wrote them, and as they are now; changes nothing');
  perBackfill(command, {
    flags,
    telling: 'compare',
    help: (name) => `Examples:
  backfill compare ${name}                 ${SHOWN} items
  backfill compare ${name} --ids ids.txt   these`,
    async action(asked) {
      const { ids: file, limit, json } = asked.given;
      const ids = file === undefined ? null : (await readIds(file)).slice(0, limit);
      return withBackfill(asked, async (backfill) => {
        if (!backfill.compare) throw cannot('compare', asked.definition);
        const tables = await backfill.compare(ids, ids?.length ?? limit ?? SHOWN);
        return tellTables(asked.definition, tables, { json, whole: true });
      });
    },
  });
}
