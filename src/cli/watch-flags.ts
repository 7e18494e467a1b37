import { z } from 'zod';
import { UsageError } from '../domain/failure.ts';
import { kebab, wholeNumber } from './flags.ts';
import { wordsOf } from './words.ts';

/** A command, taken apart into its words. */
export const hookFlag = z
  .string()
  .transform((command, context) => {
    const words = wordsOf(command);
    if (words?.[0]) return words;
    context.addIssue({ code: 'custom', message: 'expected a command with its quotes closed' });
    return z.NEVER;
  })
  .optional();

/** What goes along with watching a run. */
export const watchFlags = z.object({
  verbose: z
    .boolean()
    .default(false)
    .describe('sum up after pages, and name each item that fails, with its class and message'),
  progressFile: z
    .string()
    .min(1, 'expected a file')
    .optional()
    .describe('keep this file at what the run has come to, as JSON, with its failed items')
    .meta({ placeholder: 'file' }),
  afterPage: hookFlag
    .describe('run this command after pages; those that end while it runs get one more call')
    .meta({ placeholder: 'command' }),
  after: hookFlag
    .describe('run this command when the run has ended, or waits for a person')
    .meta({ placeholder: 'command' }),
  hookTimeout: wholeNumber(1, 86_400)
    .default(30)
    .describe('end such a command, and what it has started, after so many seconds')
    .meta({ placeholder: 'seconds' }),
});

export type WatchWishes = z.infer<typeof watchFlags>;

/** Hooks, file and summary are of the command that watches. Throws UsageError where there is none. */
export function requireWatching(given: Partial<WatchWishes> & { before?: unknown; detach?: unknown }): void {
  if (!given.detach) return;
  const names = ['verbose', 'progressFile', 'before', 'afterPage', 'after'] as const;
  const wished = names.find((name) => given[name]);
  if (!wished) return;
  throw new UsageError(
    `--${kebab(wished)} is done by the command that watches, and --detach does not watch`,
    "leave --detach out; to a run that is under way 'backfill watch' can be added, with the same flags but --before",
  );
}

export const HELP_OF_HOOKS = `
--after-page and --after take a command in one string. No shell sees it: quotes keep words together, and $, *, | and
; are text. Its environment has BACKFILL_RUN_ID, _NAME, _STATUS, _TOTAL, _PROCESSED, _SUCCEEDED and _FAILED, and
nothing that may hold a key of ours: no AWS_…, OPENAI_…, TEMPORAL_…, PG…, DATABASE_URL, OPENSEARCH_URL. Where it
fails, that is told, and the run goes on.`;
