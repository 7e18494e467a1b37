import type { Receipt } from '../../domain/page.ts';
import type { Stored } from '../opensearch/collection.ts';
import type { Indexes } from './indexes.ts';
import { recordItems } from './items.ts';
import { recordQuarantine } from './quarantine.ts';
import type { PageDocument } from './shapes.ts';

/**
 * Tells of the items what the finished page has to tell, once. Its receipt is not told before: so no later page takes up
 * an item that this one still has something to say about. An execution that was replaced never gets here, and one that
 * slept here finds the page settled.
 */
export async function settle(indexes: Indexes, page: Stored<PageDocument>, again = true): Promise<Receipt> {
  const { id, source } = page;
  const receipt = source.receipt as Receipt;
  if (source.settled) return receipt;
  const { run_id: runId, page: name, scope, unrecorded } = source;
  const still = async () => (await indexes.pages.get(id))?.source.settled === false;
  await recordItems(indexes, { runId, page: name, scope }, unrecorded, still, again);
  const run = await indexes.runs.get(runId);
  if (run) await recordQuarantine(indexes, run.source, unrecorded, still);
  const settled = { ...source, unrecorded: [], settled: true };
  await indexes.pages.put([{ id, source: settled, only: 'unchanged', version: page }]);
  return receipt;
}
