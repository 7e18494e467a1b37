import type { Command } from 'commander';
import { z } from 'zod';
import type { BackfillDefinition } from '../../backfills/define.ts';
import type { JsonObject } from '../../domain/json.ts';
import { requireYes } from '../confirm.ts';
import { dryRun } from '../dry-run.ts';
import { addFlags, readFlags } from '../flags.ts';
import { interruption } from '../interrupt.ts';
import { asksAnything } from '../per-backfill.ts';
import { checkProgressFile } from '../progress-file.ts';
import { act } from '../run-program.ts';
import { partsOf } from '../servers.ts';
import { sessionFlags, withSession } from '../session.ts';
import { startFlags, startRequest } from '../start-flags.ts';
import { startAndWatch } from '../start-run.ts';
import { HELP_OF_HOOKS, requireWatching } from '../watch-flags.ts';

const flags = startFlags.extend({
  yes: z.boolean().default(false).describe('do not ask'),
  ...sessionFlags.shape,
});

/** One command per backfill, so that its help shows the options that only it has. */
export function startCommand(program: Command, definition: BackfillDefinition): void {
  const command = program.command(definition.name).description(definition.summary);
  addFlags(command, definition.options);
  addFlags(command, flags);
  command.addHelpText('after', asksAnything(definition) ? helpOfAsking(definition) : helpOf(definition));
  command.action(
    act(async () => {
      const given = readFlags(command, flags);
      const options = readFlags(command, definition.options) as JsonObject;
      if (!given.dryRun) requireYes(given.yes, `start-backfill ${definition.name}`);
      requireWatching(given);
      if (given.progressFile) await checkProgressFile(given.progressFile);
      const request = await startRequest(definition.name, given, options);
      const signal = interruption();
      const { dataDir, dryRun: dry } = given;
      const before = given.before && { argv: given.before, timeoutMs: given.hookTimeout * 1000 };
      const parts = partsOf(definition.keeps);
      return withSession({ dataDir, needsWorker: !dry, own: 'always', parts, signal }, (session) =>
        dry
          ? dryRun(session.client, request, given.json)
          : startAndWatch(session, request, { ...given, signal, watch: given, before }),
      );
    }),
  );
}

function helpOf({ name }: BackfillDefinition): string {
  return `
It asks nobody: no rate or budget binds it. A config file can say other things: docs/configuration.md.

Examples:
  start-backfill ${name} --ids ids.txt --dry-run   what it would write into these items
  start-backfill ${name} --canary 50 --max-failed 5%
${HELP_OF_HOOKS}`;
}

function helpOfAsking({ name }: BackfillDefinition): string {
  return `
Accounts with rates are providers (openai), their models (openai/gpt-4o) and image hosts (host/images.example.com, or
host for each of the others). A config file can say the same, and prices: docs/configuration.md.

Example:
  start-backfill ${name} --limit 10 --rps rekognition=50
  start-backfill ${name} --canary 50 --budget 40 --hours 22-06 --max-failed 5%
${HELP_OF_HOOKS}`;
}
