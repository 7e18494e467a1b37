import type { BackfillClient } from '../client.ts';
import type { Run } from '../domain/run.ts';
import type { Companion } from './companion.ts';
import { callAfterPages, callAfterwards } from './hooks.ts';
import { keepProgressFile } from './keep-progress-file.ts';
import { nameFailures } from './name-failures.ts';
import type { WatchWishes } from './watch-flags.ts';

/** All that goes along. */
export interface Company {
  look(run: Run): void;
  end(): Promise<void>;
}

/** Those that flags ask for, in the order in which they end: the last hook finds the file complete. */
export function companyOf(client: BackfillClient, run: Run, wishes: WatchWishes | undefined): Company {
  const { verbose, progressFile, afterPage, after, hookTimeout = 0 } = wishes ?? {};
  const timeoutMs = hookTimeout * 1000;
  const companions: Companion[] = [
    ...(verbose ? [nameFailures(client.surroundings.journalOf(run.backfill))] : []),
    ...(progressFile ? [keepProgressFile(client, progressFile, run)] : []),
    ...(afterPage ? [callAfterPages({ argv: afterPage, timeoutMs }, run)] : []),
    ...(after ? [callAfterwards({ argv: after, timeoutMs })] : []),
  ];
  let seen = run;
  return {
    look(now) {
      // Its rollback is another run.
      if (now.runId !== run.runId) return;
      seen = now;
      for (const companion of companions) companion.look(now);
    },
    async end() {
      if (companions.length === 0) return;
      const now = await client.run(run.runId).catch(() => seen);
      for (const companion of companions) await companion.end(now);
    },
  };
}
