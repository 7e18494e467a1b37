import type { Item } from '../backfills/define.ts';
import type { ItemResult, Position } from '../domain/page.ts';
import type { Run } from '../domain/run.ts';
import type { PageSurroundings, PageTask } from './page-task.ts';

/** What a page has to do, in the order of its scope. */
export interface Batch {
  entries: Entry[];
  /** The scope has no items after these. */
  complete: boolean;
}

export interface Entry {
  position: Position;
  /** Null: there is nothing to work on. */
  item: Item | null;
  /** What it comes to without any work; null: it is another page's to count. */
  aside: ItemResult | null;
  /** Used up before. */
  tries: number;
}

export async function readBatch(task: PageTask, surroundings: PageSurroundings): Promise<Batch> {
  if (task.kind.name === 'due') return readDue(task, surroundings);
  return task.scope.canary
    ? readCanary(task, task.kind.after, surroundings)
    : readNext(task, task.kind.after, surroundings);
}

async function readNext(
  { run, scope }: PageTask,
  after: Position | null,
  { backfill, journal }: PageSurroundings,
): Promise<Batch> {
  const limit = run.settings.page;
  const { runId, selection } = run;
  // One more, which tells whether there are any after these.
  const found = await backfill.source.read({ runId, selection, scope, after, limit: limit + 1 });
  const items = found.slice(0, limit);
  const ids = items.map(({ id }) => id);
  const leftOut = run.rollbackOf ? new Map<string, never>() : await journal.leftOut(runId, ids);
  const entries = items.map((item): Entry => {
    const why = leftOut.get(item.id);
    if (why === undefined || (why === 'quarantined' && selection.quarantined)) return toEntry(item, 0);
    return { ...toEntry(item, 0), item: null, aside: why === 'canary' ? null : skipped(item, why, 0) };
  });
  return { entries, complete: found.length <= limit };
}

/** The journal keeps which items they are; their order is that of their ids. */
async function readCanary(
  { run, scope }: PageTask,
  after: Position | null,
  { backfill, journal }: PageSurroundings,
): Promise<Batch> {
  const limit = run.settings.page;
  const ids = await journal.canary(run.runId, after?.id ?? null, limit);
  const entries = await entriesOf(
    ids.map((id) => ({ item: id, tries: 0 })),
    run,
    scope.id,
    backfill,
  );
  // By its id alone: the next page begins after it, whatever its unit.
  return {
    entries: entries.map((entry, index) => ({ ...entry, position: { unit: '', id: ids[index] ?? '' } })),
    complete: ids.length < limit,
  };
}

async function readDue({ run, scope }: PageTask, { backfill, journal }: PageSurroundings): Promise<Batch> {
  const due = await journal.due(run.runId, scope.id, Date.now(), run.settings.page);
  return { entries: await entriesOf(due, run, scope.id, backfill), complete: false };
}

/** In the order that they are asked for; rows that were deleted meanwhile are skipped. */
async function entriesOf(
  wanted: { item: string; tries: number }[],
  { runId, selection }: Pick<Run, 'runId' | 'selection'>,
  scope: string,
  backfill: PageSurroundings['backfill'],
): Promise<Entry[]> {
  const items = await backfill.source.readByIds(
    runId,
    wanted.map(({ item }) => item),
    selection,
  );
  const found = new Map(items.map((item) => [item.id, item]));
  return wanted.map(({ item: id, tries }) => {
    const item = found.get(id);
    if (item) return toEntry(item, tries);
    const gone = { id, unit: scope };
    return { position: gone, item: null, aside: skipped(gone, 'gone', tries), tries };
  });
}

function toEntry(item: Item, tries: number): Entry {
  return { position: { unit: item.unit, id: item.id }, item, aside: null, tries };
}

function skipped({ id, unit }: Position, why: string, tries: number): ItemResult {
  return { item: id, unit, status: 'skipped', class: why, tries };
}
