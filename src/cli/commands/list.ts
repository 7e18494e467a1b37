import type { Command } from 'commander';
import { pending } from '../../domain/counts.ts';
import { toUsd } from '../../domain/money.ts';
import type { Run } from '../../domain/run.ts';
import { EXIT } from '../exit-codes.ts';
import { print, printJson, say } from '../output.ts';
import { act } from '../run-program.ts';
import { runTable } from '../run-table.ts';
import { addSessionFlags, readSessionFlags, withSession } from '../session.ts';

export function listCommand(program: Command): void {
  const command = program.command('list').description('list all runs, newest first');
  addSessionFlags(command).addHelpText('after', '\nExample:\n  backfill list --json');
  command.action(
    act(async () => {
      const { json, dataDir } = readSessionFlags(command);
      return withSession({ dataDir, needsWorker: false }, async ({ client }) => {
        const runs = await client.runs();
        if (json) printJson({ runs: runs.map(toListed) });
        else if (runs.length > 0) print(runTable(runs));
        else say("no runs yet; 'start-backfill --help' shows what can be started");
        return EXIT.done;
      });
    }),
  );
}

/** What a line of the table says; 'report' has all of it. */
function toListed(run: Run) {
  const { runId, backfill, rollbackOf = null, sample = false, state: status, reason, counts, units } = run;
  return {
    runId,
    backfill,
    rollbackOf,
    sample,
    status,
    reason,
    counts: { ...counts, pending: pending(counts) },
    units,
    spentUsd: toUsd(run.spent),
    startedAt: run.createdAt,
    finishedAt: run.finishedAt ?? null,
  };
}
