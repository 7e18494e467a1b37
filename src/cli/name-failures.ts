import type { Run } from '../domain/run.ts';
import type { Journal } from '../stores/journal.ts';
import type { Companion } from './companion.ts';
import { createFailedItems } from './failed-items.ts';
import { messageOf } from './failure-table.ts';
import { paint, say } from './output.ts';
import { formatCount, shorten } from './table.ts';

/** Of a run. */
const AT_MOST = 1_000;

/** Of what failed between two looks. */
const AT_ONCE = 20;

const LONGEST_MESSAGE = 300;

/** Names each item as it fails. */
export function nameFailures(journal: Journal): Companion {
  const items = createFailedItems(journal, AT_MOST);
  let named = 0;
  let reading: Promise<void> | undefined;

  async function tell(run: Run): Promise<void> {
    const failed = await items.read(run);
    for (const one of failed.slice(0, AT_ONCE)) {
      const message = shorten(messageOf(one), LONGEST_MESSAGE);
      say(`${paint.red('failed')} ${one.item}  ${one.class}${message && `: ${message}`}`);
    }
    const more = failed.length - AT_ONCE;
    if (more > 0) say(`and ${formatCount(more)} more`);
    named += failed.length;
    if (failed.length > 0 && named >= AT_MOST)
      say(`no more are named; 'backfill failures ${run.runId}' lists all`);
  }

  const look = (run: Run) => {
    // The journal may be away for a moment: the next look tells what this one has missed.
    reading ??= tell(run)
      .catch(() => undefined)
      .finally(() => {
        reading = undefined;
      });
  };
  return {
    look,
    async end(run) {
      await reading;
      look(run);
      await reading;
    },
  };
}
