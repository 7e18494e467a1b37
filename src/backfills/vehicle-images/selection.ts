import { z } from 'zod';
import { UsageError } from '../../domain/failure.ts';
import type { Position, Selection } from '../../domain/page.ts';
import { ranked } from './order.ts';
import { FAILED_ITEMS, hasColumn, type Shape } from './shape.ts';

/** The keys that a finished analysis has in `ai_scan_metadata`; a step that does not apply leaves null there. */
export const REQUIRED_KEYS = ['rekognition', 'appraiser', 'spid', 'scanned_at'] as const;

/** The journal's list of a run's items. */
export const LIST = 'temporal_backfill.run_items';

/** A WHERE clause over `vehicle_images i` that grows, with its parameters. */
export interface Conditions {
  values: unknown[];
  /** Adds a parameter; returns its place: `$3`. */
  value(value: unknown): string;
  and(condition: string): void;
  /** `FROM vehicle_images i WHERE …`; with the run's list beside it as `l`, where that was asked for. */
  from(): string;
}

export interface Selected {
  runId: string;
  selection: Selection;
  /** Without the columns of an analysis, everything is missing. */
  shape: Shape;
  /** The run's list of ids, while the journal does not have it. */
  ids?: readonly string[] | undefined;
  /** The journal has the run's order: what has a place in its list belongs to the run. */
  listed?: boolean;
}

/** The rows that a run is about, with a vehicle or (to count what is skipped) without one. */
export function conditions(
  selected: Selected,
  vehicle: 'with-vehicle' | 'no-vehicle' = 'with-vehicle',
  values: unknown[] = [],
): Conditions {
  const { runId, selection, shape, listed } = selected;
  const clauses = [vehicle === 'with-vehicle' ? 'i.vehicle_id IS NOT NULL' : 'i.vehicle_id IS NULL'];
  const tables = listed ? `${LIST} l JOIN vehicle_images i ON i.id = l.item::uuid` : 'vehicle_images i';
  const query: Conditions = {
    values,
    value: (value) => `$${values.push(value)}`,
    and: (condition) => clauses.push(condition),
    from: () => `FROM ${tables} WHERE ${clauses.join(' AND ')}`,
  };

  const { only, unit, watermark } = selection;
  const scanned = hasColumn(shape, 'vehicle_images', 'ai_last_scanned');
  const analysed = scanned && hasColumn(shape, 'vehicle_images', 'ai_scan_metadata');
  if (only === 'missing' && scanned) query.and('i.ai_last_scanned IS NULL');
  if (only === 'incomplete' && analysed) {
    query.and(`(i.ai_last_scanned IS NULL OR NOT ${hasRequiredKeys('i')})`);
  }
  if (only === 'failed')
    query.and(shape[FAILED_ITEMS] ? failedEarlier(query.value(runId), scanned) : 'false');
  if (unit) query.and(`i.vehicle_id = ${query.value(uuid(unit, '--unit'))}::uuid`);
  if (hasColumn(shape, 'vehicle_images', 'created_at')) {
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
  else query.and(`(i.vehicle_id, i.id) <= ${position(query, selection.until)}`);
}

/**
 * SQL: `id`, `unit` and place `n` of each row of the selection in the order that it asks for. Where it has a limit,
 * none where the last item that belongs to it is gone: nobody could say then how far it goes.
 */
export function inOrder(selected: Selected, values: unknown[]): string {
  const { until, order = {}, ...unlimited } = selected.selection;
  const query = conditions({ ...selected, selection: unlimited }, 'with-vehicle', values);
  const places = ranked(order, selected.shape, query.from());
  if (!until) return places;
  const last = `max(n) FILTER (WHERE id = ${query.value(until.id)}::uuid) OVER ()`;
  return `SELECT id, unit, n FROM (SELECT *, ${last} AS last FROM (${places}) AS ranked) AS limited WHERE n <= last`;
}

export function position(query: Conditions, { unit, id }: Position): string {
  return `(${query.value(unit)}::uuid, ${query.value(id)}::uuid)`;
}

/** SQL: the row has every key of a finished analysis. */
export function hasRequiredKeys(table: string): string {
  return `coalesce(${table}.ai_scan_metadata ?& ARRAY['${REQUIRED_KEYS.join("','")}'], false)`;
}

/** Failed in an earlier run, and not analysed since. */
function failedEarlier(runId: string, scanned: boolean): string {
  const since = scanned ? 'AND (i.ai_last_scanned IS NULL OR i.ai_last_scanned < f.updated_at)' : '';
  return `EXISTS (SELECT FROM ${FAILED_ITEMS} f
                   WHERE f.item = i.id::text AND f.status = 'failed' AND f.run_id <> ${runId} ${since})`;
}

function inListOf(runId: string): string {
  return `EXISTS (SELECT FROM ${LIST} l WHERE l.run_id = ${runId} AND l.item = i.id::text)`;
}

function uuid(text: string, flag: string): string {
  if (z.guid().safeParse(text).success) return text;
  throw new UsageError(`${flag} ${text} is no vehicle id`, 'A vehicle id is a UUID, as in vehicles.id.');
}
