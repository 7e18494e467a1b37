import type { Position, Selection } from '../../domain/page.ts';
import { ranked } from './order.ts';
import { type Conditions, FAILED_ITEMS, isMoment, type RowTable } from './table.ts';

/** The journal's list of a run's items. */
export const LIST = 'temporal_backfill.run_items';

export interface Selected {
  runId: string;
  selection: Selection;
  table: RowTable;
  /** The run's list of ids, while the journal does not have it. */
  ids?: readonly string[] | undefined;
  /** The journal has the run's order: what has a place in its list belongs to the run. */
  listed?: boolean;
}

/** The rows that a run is about, with a unit or (to count what is skipped) without one. */
export function conditions(
  selected: Selected,
  which: 'with-unit' | 'no-unit' = 'with-unit',
  values: unknown[] = [],
): Conditions {
  const { runId, selection, table, listed } = selected;
  const { unit: by, name, idType } = table;
  const clauses = [`${by.sql} IS ${which === 'with-unit' ? 'NOT NULL' : 'NULL'}`];
  const tables = listed ? `${LIST} l JOIN ${name} i ON i.id = l.item::${idType}` : `${name} i`;
  const query: Conditions = {
    values,
    value: (value) => `$${values.push(value)}`,
    and: (condition) => clauses.push(condition),
    from: () => `FROM ${tables} WHERE ${clauses.join(' AND ')}`,
  };

  const { only, unit, watermark } = selection;
  if (only === 'failed') query.and(failedEarlier(query, selected));
  else if (only !== 'all') table.only(only, query, selection);
  if (unit !== undefined) {
    by.check(unit);
    query.and(`${by.sql} = ${query.value(unit)}::${by.type}`);
    if (by.ids) betweenIds(query, table, unit, unit);
  }
  if (isMoment(table.columns.created_at)) {
    query.and(`(i.created_at IS NULL OR i.created_at <= ${query.value(watermark)}::timestamptz)`);
  }
  // In the list are only rows of the run's ids, and only as many as it may take.
  if (listed) query.and(`l.run_id = ${query.value(runId)} AND l.n IS NOT NULL`);
  else restrict(query, selected);
  return query;
}

/** To the run's ids, and to its limit. */
function restrict(query: Conditions, selected: Selected): void {
  const { runId, selection, ids } = selected;
  if (ids) query.and(`i.id::text = ANY (${query.value(ids)}::text[])`);
  else if (selection.ids) query.and(inListOf(query.value(runId)));
  if (!selection.until) return;
  if (selection.order) query.and(`i.id IN (SELECT id FROM (${inOrder(selected, query.values)}) AS placed)`);
  else query.and(compared(query, selected.table, '<=', selection.until));
}

/** SQL: what rows are sorted by where the run has no order of its own. */
export function inPlace({ unit }: RowTable): string {
  return unit.ids ? 'i.id' : `${unit.sql}, i.id`;
}

/** SQL: where rows stand, compared with a position. */
export function compared(
  query: Conditions,
  { unit, idType }: RowTable,
  operator: '>' | '<=',
  at: Position,
): string {
  const id = `${query.value(at.id)}::${idType}`;
  if (unit.ids) return `i.id ${operator} ${id}`;
  return `(${unit.sql}, i.id) ${operator} (${query.value(at.unit)}::${unit.type}, ${id})`;
}

/** Restricts to the rows of all units from the first to the last. */
export function betweenUnits(query: Conditions, table: RowTable, first: string, last: string): void {
  const { unit } = table;
  if (unit.ids) {
    betweenIds(query, table, first, last);
    return;
  }
  query.and(`${unit.sql} >= ${query.value(first)}::${unit.type}`);
  query.and(`${unit.sql} <= ${query.value(last)}::${unit.type}`);
}

/** So that the index of ids serves. */
function betweenIds(query: Conditions, { unit, idType }: RowTable, first: string, last: string): void {
  const [from] = unit.ids?.(first) ?? [];
  const [, to] = unit.ids?.(last) ?? [];
  query.and(`i.id >= ${query.value(from)}::${idType}`);
  query.and(`i.id <= ${query.value(to)}::${idType}`);
}

/**
 * SQL: `id`, `unit` and place `n` of each row of the selection in the order that it asks for. Where it has a limit,
 * none where the last item that belongs to it is gone: nobody could say then how far it goes.
 */
export function inOrder(selected: Selected, values: unknown[]): string {
  const { until, order = {}, ...unlimited } = selected.selection;
  const query = conditions({ ...selected, selection: unlimited }, 'with-unit', values);
  const places = ranked(order, selected.table, query.from());
  if (!until) return places;
  const last = `max(n) FILTER (WHERE id = ${query.value(until.id)}::${selected.table.idType}) OVER ()`;
  return `SELECT id, unit, n FROM (SELECT *, ${last} AS last FROM (${places}) AS ranked) AS limited WHERE n <= last`;
}

/** In an earlier run of the backfill, and not done since. */
function failedEarlier(query: Conditions, { runId, table }: Selected): string {
  if (!table.journal) return 'false';
  return `EXISTS (SELECT FROM ${FAILED_ITEMS} f JOIN temporal_backfill.runs r USING (run_id)
                   WHERE f.item = i.id::text AND f.status = 'failed' AND f.run_id <> ${query.value(runId)}
                     AND r.backfill = ${query.value(table.backfill)} AND ${table.stillUndone})`;
}

function inListOf(runId: string): string {
  return `EXISTS (SELECT FROM ${LIST} l WHERE l.run_id = ${runId} AND l.item = i.id::text)`;
}
