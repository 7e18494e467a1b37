import type { VerifyTable } from '../backfills/define.ts';
import { pricesOf } from '../backfills/prices.ts';
import type { BackfillClient, Outlook, StartRequest } from '../client.ts';
import { newRunId } from '../domain/run-id.ts';
import { asRun } from '../start-request.ts';
import { say } from './output.ts';
import { formatCount } from './table.ts';

/** What a run would be about, where the backfill has more to tell than counts. */
export async function planOf(
  { surroundings }: Pick<BackfillClient, 'surroundings'>,
  request: StartRequest,
  survey: Outlook,
): Promise<VerifyTable[]> {
  const run = asRun(request);
  const prices = pricesOf(surroundings.definitionOf(request.backfill), run.settings);
  return (await surroundings.backfillOf(run).plan?.({ survey, ids: request.ids, prices })) ?? [];
}

/** Of a list, which a person has made to look at. */
const MOST_OF_A_LIST = 1_000;
const MOST_OF_A_LIMIT = 20;

/**
 * What a run would write: into the items of the list, or into some where the request has a limit. Null where nothing
 * is to be shown, or the backfill cannot tell.
 */
export async function previewsOf(
  { surroundings }: Pick<BackfillClient, 'surroundings'>,
  request: StartRequest,
  outlook: Outlook,
): Promise<VerifyTable[] | null> {
  const { ids, limit } = request;
  const backfill = surroundings.backfillOf(asRun(request));
  if (!backfill.preview || (!ids && limit === undefined)) return null;
  if (ids && limit === undefined) {
    if (ids.length > MOST_OF_A_LIST)
      say(`previews of the first ${formatCount(MOST_OF_A_LIST)} items of the list`);
    return backfill.preview(ids.slice(0, MOST_OF_A_LIST));
  }
  const { selection } = outlook;
  const size = Math.min(limit ?? MOST_OF_A_LIMIT, MOST_OF_A_LIMIT);
  const items = await backfill.source.sample({ runId: newRunId(), selection, ids, size, seed: 0 });
  return backfill.preview(items.map(({ id }) => id).sort());
}
