import type { Backfill } from '../backfills/define.ts';
import type { BackfillClient } from '../client.ts';
import { settled } from '../domain/counts.ts';
import type { Run } from '../domain/run.ts';
import type { RecordedItem } from '../stores/journal.ts';
import { checkpointOf, type FailedImage } from './checkpoint.ts';
import type { Companion } from './companion.ts';
import { createFailedItems } from './failed-items.ts';
import { messageOf } from './failure-table.ts';
import { say } from './output.ts';
import { writeProgressFile } from './progress-file.ts';
import { createRateMeter } from './rate-meter.ts';
import { formatCount, shorten } from './table.ts';

const EVERY_MS = 1_000;
const AT_MOST = 10_000;
const LONGEST_ERROR = 1_000;

/** Rows that are read at once. */
const ROWS = 500;

/** Writes the file when something has changed, once a second at most, and at the end. What hinders that is told once. */
export function keepProgressFile(client: BackfillClient, file: string, { runId, backfill }: Run): Companion {
  const journal = client.surroundings.journalOf(backfill);
  const items = createFailedItems(journal, AT_MOST);
  const failedImages: FailedImage[] = [];
  const found: RecordedItem[] = [];
  const meter = createRateMeter();
  const hindered = once((error: Error) =>
    say(`${file} is not up to date: ${error.message}; the run goes on, and the file is tried again`),
  );
  const full = once((failed: number) =>
    say(
      `${file} names ${formatCount(AT_MOST)} of ${formatCount(failed)} failed items; 'backfill failures ${runId}' lists all`,
    ),
  );
  let written = '';
  let writtenAt = 0;
  let writing: Promise<void> | undefined;

  async function write(run: Run, rate: number | null): Promise<void> {
    try {
      found.push(...(await items.read(run)));
      failedImages.push(...(await toImages(client.surroundings.backfillOf(run), runId, found)));
      found.length = 0;
      if (run.counts.failed > AT_MOST) full(run.counts.failed);
      const last = settled(run.counts) > 0 ? await journal.lastPosition?.(runId) : null;
      await writeProgressFile(
        file,
        checkpointOf(run, rate, { lastProcessedId: last?.id ?? null, failedImages }),
      );
    } catch (error) {
      hindered(error as Error);
    }
  }

  return {
    look(run) {
      const rate = meter.read(settled(run.counts), Date.now());
      const now = JSON.stringify([run.state, run.counts]);
      if (writing || now === written || Date.now() - writtenAt < EVERY_MS) return;
      written = now;
      writtenAt = Date.now();
      writing = write(run, rate).finally(() => {
        writing = undefined;
      });
    },
    async end(run) {
      await writing;
      await write(run, null);
    },
  };
}

/** Where a row is gone, or does not say it, nobody knows where the image is. */
async function toImages(
  { source, referenceOf }: Backfill,
  runId: string,
  failed: readonly RecordedItem[],
): Promise<FailedImage[]> {
  const urls = new Map<string, string | null>();
  for (let at = 0; referenceOf && at < failed.length; at += ROWS) {
    const ids = failed.slice(at, at + ROWS).map(({ item }) => item);
    for (const item of await source.readByIds(runId, ids)) urls.set(item.id, referenceOf(item));
  }
  return failed.map((one) => ({
    id: one.item,
    url: urls.get(one.item) ?? null,
    error: shorten(`${one.class}: ${messageOf(one)}`, LONGEST_ERROR),
  }));
}

function once<Given>(tell: (given: Given) => void): (given: Given) => void {
  let told = false;
  return (given) => {
    if (!told) tell(given);
    told = true;
  };
}
