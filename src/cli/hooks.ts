import { settled } from '../domain/counts.ts';
import type { Run } from '../domain/run.ts';
import type { Companion } from './companion.ts';
import { goesOnByItself } from './follow-run.ts';
import { type Hook, runHook } from './hook.ts';
import { paint, say } from './output.ts';

/** What a hook is told of: a run, or one that is about to be started. */
export type Told = Pick<Run, 'backfill' | 'state' | 'counts'> & { runId: string | null };

/** Runs it, and shows what it says; false where it failed, which is told. */
export async function callHook(name: string, hook: Hook, run: Told, signal?: AbortSignal): Promise<boolean> {
  const onLine = (line: string) => say(`${paint.dim(`${name}:`)} ${line}`);
  const failure = await runHook(hook, { variables: variablesOf(run), onLine, signal });
  if (failure !== null) say(`${paint.red(`--${name}`)} failed: ${failure}`);
  return failure === null;
}

/** One call at a time: pages that end meanwhile are told by one more, with the newest numbers. */
export function callAfterPages(hook: Hook, since: Run): Companion {
  let told = settled(since.counts);
  let newest = since;
  let calling: Promise<void> | undefined;

  async function callUntilTold(): Promise<void> {
    while (settled(newest.counts) !== told) {
      told = settled(newest.counts);
      await callHook('after-page', hook, newest);
    }
  }

  const look = (run: Run) => {
    newest = run;
    calling ??= callUntilTold().finally(() => {
      calling = undefined;
    });
  };
  return {
    look,
    async end(run) {
      await calling;
      look(run);
      await calling;
    },
  };
}

/** Not where somebody has only stopped watching. */
export function callAfterwards(hook: Hook): Companion {
  return {
    look: () => undefined,
    async end(run) {
      if (!goesOnByItself(run)) await callHook('after', hook, run);
    },
  };
}

function variablesOf({ runId, backfill, state, counts }: Told): Record<string, string> {
  return {
    BACKFILL_RUN_ID: runId ?? '',
    BACKFILL_NAME: backfill,
    BACKFILL_STATUS: state,
    BACKFILL_TOTAL: String(counts.total),
    BACKFILL_PROCESSED: String(settled(counts)),
    BACKFILL_SUCCEEDED: String(counts.written + counts.cached),
    BACKFILL_FAILED: String(counts.failed),
  };
}
