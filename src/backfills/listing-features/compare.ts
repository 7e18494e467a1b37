import type { Journal, WrittenField } from '../../stores/journal.ts';
import type { VerifyTable } from '../define.ts';
import { FIELDS, SOURCE, toListing, WHOLE_TEXT } from './listing.ts';
import type { ListingIndex } from './listing-index.ts';
import { cell } from './text-cell.ts';

/** Runs looked through for what was there before. */
const RUNS = 10;
/** Items of a run looked through for those that were named. */
const MOST_ITEMS = 1_000_000;

export interface Comparing {
  index: ListingIndex;
  journal: Pick<Journal, 'runs' | 'written'>;
  backfill: string;
}

/** What the newest run that wrote a listing found there, and what it holds now. */
export async function compare(
  comparing: Comparing,
  ids: readonly string[] | null,
  size: number,
): Promise<VerifyTable[]> {
  const before = await latestWritten(comparing, ids, size);
  const wanted = ids ?? [...before.keys()];
  const found = await comparing.index.get(wanted, [...SOURCE, WHOLE_TEXT]);
  const now = new Map(found.map((one) => [one.id, toListing(one)]));
  return wanted.map((id): VerifyTable => {
    const run = before.get(id);
    const listing = now.get(id);
    const written = new Map(run?.fields.map((one) => [one.field, one]));
    const title = run ? `Listing ${id}, before run ${run.runId} and now` : `Listing ${id}, written by no run`;
    return {
      title:
        listing || run
          ? `${title}${listing ? '' : ': it is gone'}`
          : `Listing ${id}: not in ${comparing.index.name}`,
      columns: ['field', 'before', 'now'],
      rows: [
        ...FIELDS.map((field) => [field, cell(written.get(field)?.before), cell(listing?.now[field])]),
        [WHOLE_TEXT, cell(listing?.wholeText), cell(listing?.wholeText)],
      ],
    };
  });
}

interface Written {
  runId: string;
  fields: WrittenField[];
}

/** By listing, `size` at most where none are named. */
async function latestWritten(
  { journal, backfill }: Comparing,
  ids: readonly string[] | null,
  size: number,
): Promise<Map<string, Written>> {
  const latest = new Map<string, Written>();
  const runs = (await journal.runs()).filter((run) => run.backfill === backfill).slice(0, RUNS);
  for (const { runId } of runs) {
    const fields = await journal.written(runId, ids ? MOST_ITEMS : size);
    const wanted = ids ? fields.filter(({ item }) => ids.includes(item)) : fields;
    for (const [item, own] of Map.groupBy(wanted, (one) => one.item)) {
      if (!latest.has(item)) latest.set(item, { runId, fields: own });
    }
    const enough = ids ? latest.size === ids.length : latest.size > 0;
    if (enough) break;
  }
  return latest;
}
