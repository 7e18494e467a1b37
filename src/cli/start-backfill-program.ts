import type { Command } from 'commander';
import { BACKFILLS } from '../backfills/registry.ts';
import { startCommand } from './commands/start.ts';
import { createProgram } from './run-program.ts';

export function startBackfillProgram(): Command {
  const program = createProgram('start-backfill', 'Start a run of a backfill, and watch it.').addHelpText(
    'after',
    `
Examples:
  start-backfill vehicle-images --dry-run       what would be done, and what it would cost
  start-backfill vehicle-images --limit 10      try it on ten items
  start-backfill vehicle-images --budget 50     all that is missing, for 50 dollars at most
  start-backfill listing-features --dry-run --limit 5   what would be written, of five listings

Servers come from TEMPORAL_ADDRESS, DATABASE_URL (or OPENSEARCH_URL) and AWS_ENDPOINT_URL_DYNAMODB, or from a running
'backfill stack'. Where there are none, this command starts them, is the worker as well, and ends with the run: then
Ctrl-C pauses the run, and the next start goes on with it. 'start-backfill <backfill> --help' lists all flags.`,
  );

  for (const definition of BACKFILLS) startCommand(program, definition);
  return program;
}
