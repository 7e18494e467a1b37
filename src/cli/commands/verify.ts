import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../../domain/failure.ts';
import { wholeNumber } from '../flags.ts';
import { newestRun, perBackfill, withBackfill } from '../per-backfill.ts';
import { readQueries } from '../query-file.ts';
import { sessionFlags } from '../session.ts';
import { tellTables } from '../tell-tables.ts';

const flags = sessionFlags.extend({
  queries: z
    .string()
    .min(1, 'expected a file')
    .optional()
    .describe('searches whose right answers are known: a JSON array of {query, field, relevant}')
    .meta({ placeholder: 'file' }),
  seed: wholeNumber(0)
    .optional()
    .describe('the same seed chooses the same items for spot checks')
    .meta({ placeholder: 'number' }),
});

export function verifyCommand(program: Command): void {
  const command = program
    .command('verify')
    .description('ask the target itself how far a backfill is; changes nothing; exit 1 when a check fails');
  perBackfill(command, {
    flags,
    help: (name) => `Example:\n  backfill verify ${name}`,
    async action(asked) {
      const { queries: file, seed, json } = asked.given;
      if (file !== undefined && !asked.definition.tells?.includes('search'))
        throw new UsageError(`${asked.definition.name} has no search to be judged`, 'leave --queries out');
      const queries = file === undefined ? undefined : await readQueries(file);
      return withBackfill(
        asked,
        async (backfill) => tellTables(asked.definition, await backfill.verify({ queries, seed }), { json }),
        { like: newestRun },
      );
    },
  });
}
