import type { Command } from 'commander';
import { definitionOf } from '../../backfills/registry.ts';
import { DEFAULT_SETTINGS } from '../../domain/settings.ts';
import { exitCodeOfChecks } from '../conclusion.ts';
import { paintData, print, printJson } from '../output.ts';
import { act } from '../run-program.ts';
import { addSessionFlags, readSessionFlags, withSession } from '../session.ts';
import { verifyTables } from '../verify-tables.ts';

export function verifyCommand(program: Command): void {
  const command = program
    .command('verify')
    .description('ask the target itself how far a backfill is; changes nothing; exit 1 when a check fails')
    .argument('<backfill>', 'for example vehicle-images');
  addSessionFlags(command).addHelpText('after', '\nExample:\n  backfill verify vehicle-images');
  command.action(
    act(async (name: string) => {
      const { json, dataDir } = readSessionFlags(command);
      definitionOf(name);
      return withSession({ dataDir, needsWorker: false }, async ({ client }) => {
        const settings = { ...DEFAULT_SETTINGS, options: {} };
        const tables = await client.surroundings.backfillOf({ backfill: name, settings }).verify();
        if (json) printJson({ backfill: name, tables });
        else print(verifyTables(tables, paintData));
        return exitCodeOfChecks(tables);
      });
    }),
  );
}
