import type { ClientBase } from 'pg';
import type { PageClaim, Receipt } from '../../domain/page.ts';
import type { PageWork } from '../journal.ts';
import { isWritten, type Outcome } from '../outcome.ts';
import { tally } from '../tally.ts';
import { byTable, type FieldEdit, type ItemWork, mergeEdits, resolveEdits } from './edits.ts';
import { IgnoredWrite } from './ignored-write.ts';
import { recordItems, waitingItems } from './items.ts';
import { lockAndLook } from './lock.ts';
import { orMisfit } from './misfit.ts';
import { recordQuarantine } from './quarantine.ts';
import { keepRefused, restoreEntries } from './restore.ts';
import { claimPage, finishPage } from './runs.ts';
import type { FindTable } from './table.ts';
import { CANONICAL_IMAGES, sqlState } from './transaction.ts';
import { writeFields } from './write-fields.ts';
import { deleteRows, lastPerOwner, upsertRows } from './write-rows.ts';

/** Inside one transaction: all of the page, or nothing. */
export async function commitPage(
  client: ClientBase,
  find: FindTable,
  page: PageClaim,
  work: PageWork,
): Promise<Receipt> {
  const finished = await claimPage(client, page);
  if (finished) return finished;
  const items = work.results.map((result) => ({ result, changes: changesOf(work, result) }));
  const changing = items.filter(({ changes }) => changes.length > 0);
  const unchanged = items.filter(({ changes }) => changes.length === 0).map(({ result }) => result);
  const outcomes = [...unchanged, ...(await applyItems(client, find, page, changing))];
  await recordItems(client, page, outcomes);
  await recordQuarantine(client, page, outcomes);
  const receipt = {
    ...tally(outcomes, work.missing),
    position: work.position,
    done: work.done,
    read: work.read,
    waiting: await waitingItems(client, page),
    hold: work.hold,
    ...(work.pause && { pause: work.pause }),
  };
  await finishPage(client, page, receipt);
  return receipt;
}

/** Values that a table refuses fail their own item: halves are tried apart until it stands alone. */
async function applyItems(
  client: ClientBase,
  find: FindTable,
  page: PageClaim,
  items: ItemWork[],
): Promise<Outcome[]> {
  if (items.length === 0) return [];
  await client.query('SAVEPOINT items; SET CONSTRAINTS ALL DEFERRED');
  try {
    const outcomes = await writeItems(client, find, page, items);
    await client.query('SET CONSTRAINTS ALL IMMEDIATE; RELEASE SAVEPOINT items');
    return outcomes;
  } catch (error) {
    if (!refusesValue(error)) throw orMisfit(error);
    await client.query('ROLLBACK TO SAVEPOINT items; RELEASE SAVEPOINT items');
    const [only, second] = items;
    if (only && !second) return [await refused(client, page, only, error)];
    const half = Math.ceil(items.length / 2);
    const settings = await readersSettings(client);
    const first = await applyItems(client, find, page, items.slice(0, half));
    await client.query(settings);
    return [...first, ...(await applyItems(client, find, page, items.slice(half)))];
  }
}

async function writeItems(
  client: ClientBase,
  find: FindTable,
  page: PageClaim,
  items: ItemWork[],
): Promise<Outcome[]> {
  const edits = await resolveEdits(client, find, items);
  await lockAndLook(client, edits.fields, edits.rows);
  await client.query(CANONICAL_IMAGES);
  const refusals = new Map([
    ...refusalsOf(edits.fields),
    ...(await restoreEntries(client, find, page, items)),
  ]);
  const rows = lastPerOwner(edits.rows.filter(({ item }) => !refusals.has(item)));
  // What refers to a row is written after it, so it is named later in a page, and goes first.
  for (const { edits: ofTable } of byTable(rows).reverse()) await deleteRows(client, page, ofTable);
  const fields = edits.fields.filter(({ item }) => !refusals.has(item));
  for (const { table, edits: ofTable } of byTable(fields)) {
    await writeFields(client, page, table, mergeEdits(ofTable));
  }
  for (const { table, edits: ofTable } of byTable(rows)) await upsertRows(client, page, table, ofTable);
  return items.map(({ result }) => ({ ...result, ...refusals.get(result.item) }));
}

/** The settings that fingerprints were read with, as the statements that bring them back. */
async function readersSettings(client: ClientBase): Promise<string> {
  const found = await client.query<{ statements: string }>(
    `SELECT string_agg(format('SET LOCAL %s = %L', name, current_setting(name)), '; ') AS statements
       FROM unnest(ARRAY['TimeZone', 'IntervalStyle', 'bytea_output']) name`,
  );
  return found.rows[0]?.statements ?? '';
}

type Refusal = Pick<Outcome, 'status' | 'class' | 'message'>;

function refusalsOf(edits: FieldEdit[]): Map<string, Refusal> {
  const refusals = new Map<string, Refusal>();
  for (const { item, change, rowId, changed, unmergeable } of edits) {
    const row = `row ${change.id} of ${change.table}`;
    if (rowId === null && !change.onlyIfEmpty) {
      refusals.set(item, { status: 'skipped', class: 'gone', message: `There is no ${row} any more.` });
    } else if (changed.length > 0 && refusals.get(item)?.class !== 'gone') {
      const message = `${changed.join(', ')} of ${row} changed after it was read; nothing was written.`;
      refusals.set(item, { status: 'conflict', class: 'changed-since', message });
    } else if (unmergeable.length > 0 && !refusals.has(item)) {
      const message = `${unmergeable.join(', ')} of ${row} holds no JSON object, so it can take no key.`;
      refusals.set(item, { status: 'failed', class: 'row-invalid', message });
    }
  }
  return refusals;
}

/** Data exceptions, integrity violations, what a trigger raises or drops; also a second row for one id in a statement. */
function refusesValue(error: unknown): boolean {
  return error instanceof IgnoredWrite || /^(22|23|21|P0)/.test(sqlState(error) ?? '');
}

async function refused(
  client: ClientBase,
  page: PageClaim,
  { result, changes }: ItemWork,
  error: unknown,
): Promise<Outcome> {
  const why = (error as Error).message;
  const message = `PostgreSQL refused what was to be written: ${why}`;
  if (await keepRefused(client, page, changes)) {
    return { ...result, status: 'conflict', class: 'changed-since', message };
  }
  return { ...result, status: 'failed', class: 'row-invalid', message };
}

function changesOf(work: PageWork, result: PageWork['results'][number]) {
  return isWritten(result) ? (work.changes.get(result.item) ?? []) : [];
}
