import type { Pool } from 'pg';
import { contextPoints, contextScore } from '../../domain/context-score.ts';
import type { Selection } from '../../domain/page.ts';
import type { Item, Source } from '../define.ts';
import { rowSource } from '../postgres-rows/source.ts';
import { hasColumn, type RowTable } from '../postgres-rows/table.ts';
import { hasRequiredKeys, photoMetadata, photoReference, photoTable } from '../vehicle-images/photos.ts';
import { readShape } from '../vehicle-images/shape.ts';
import { readContexts, type VehicleContext } from './context.ts';
import { countsSql, improvedSql, scoreSql } from './context-sql.ts';
import type { Options } from './options.ts';
import { analysedBefore, hasGaps, vehicleHasGaps } from './photo-sql.ts';
import { routeOf } from './routes.ts';
import { type ContextRow, WRITTEN_KEYS } from './row.ts';
import { type ContextSources, readSources } from './sources.ts';

/** Photos of vehicles, each with what is on record of its vehicle. */
export function contextSource(postgres: Pool, options: Options): Source {
  return rowSource({
    postgres,
    table: () => contextTable(postgres, options),
    async load(table, from, values, selection) {
      const columns = rowColumns(table, selection);
      const { rows } = await postgres.query<ReadRow>(`SELECT ${columns} ${from}`, values);
      const contexts = await readContexts(
        postgres,
        table.sources,
        rows.map(({ unit }) => unit),
      );
      return withTurns(rows.map((row) => toItem(row, contexts.get(row.unit) as VehicleContext)));
    },
  });
}

interface ReadRow extends Omit<ContextRow, 'context' | 'asksForGaps'> {
  id: string;
  unit: string;
  /** It has a list of gaps. */
  gaps: boolean;
  /** Some image of its vehicle has one. */
  vehicleGaps: boolean;
}

/** The table of photos, and where the context of their vehicles is. */
export interface ContextTable extends RowTable {
  sources: ContextSources;
}

export async function contextTable(postgres: Pool, options: Options): Promise<ContextTable> {
  const [shape, sources] = [await readShape(postgres), await readSources(postgres, options)];
  const hasMetadata = hasColumn(shape, 'vehicle_images', 'ai_scan_metadata');
  const scanned = hasColumn(shape, 'vehicle_images', 'ai_last_scanned');
  const score = hasMetadata ? `i.ai_scan_metadata -> 'context_score'` : 'NULL::jsonb';
  const table = photoTable(shape, {
    backfill: 'context-tiers',
    written: ['ai_scan_metadata'],
    stillUndone: `(${score}) IS NULL`,
    only(what, query, { watermark }) {
      query.and(`(${score}) IS ${what === 'missing' ? '' : 'NOT'} NULL`);
      if (!hasMetadata) return;
      if (what === 'improved') query.and(improved(sources));
      // Another run may be analysing the same photos now: what is done since this one began belongs to it all the same.
      else if (scanned)
        query.and(
          `NOT (${hasRequiredKeys('i')} AND i.ai_last_scanned <= ${query.value(watermark)}::timestamptz)`,
        );
    },
  });
  return { ...table, sources };
}

/** SQL: what is on record now leads to a richer route than the one that was taken. */
function improved(sources: ContextSources): string {
  const richer = improvedSql(scoreSql('counts'), `i.ai_scan_metadata #>> '{context,route}'`);
  return `EXISTS (SELECT FROM (${countsSql(sources)}) AS counts
                   WHERE counts.vehicle = i.vehicle_id::text AND ${richer})`;
}

function rowColumns(table: RowTable, selection: Selection | undefined): string {
  const metadata = photoMetadata(table);
  const seen = WRITTEN_KEYS.map((key) => `'ai_scan_metadata.${key}', md5((${metadata} -> '${key}')::text)`);
  return `i.id::text AS id, i.vehicle_id::text AS unit, ${photoReference(table)} AS reference,
          coalesce(jsonb_typeof(${metadata}), 'null') IN ('object', 'null') AS "hasKeys",
          ${analysedBefore(table, selection)} AS "analysedBefore",
          ${hasGaps(table)} AS gaps, ${vehicleHasGaps(table)} AS "vehicleGaps",
          jsonb_build_object(${seen.join(', ')}) AS seen`;
}

type Turn = { item: Item; row: ContextRow; vehicleGaps: boolean };

function toItem({ id, unit, gaps, vehicleGaps, ...read }: ReadRow, context: VehicleContext): Turn {
  const row: ContextRow = { ...read, asksForGaps: gaps, context };
  return { item: { id, unit, row }, row, vehicleGaps };
}

/** Where a vehicle has no list of gaps yet, the first of its images on that route asks for it. */
function withTurns(turns: Turn[]): Item[] {
  const asked = new Set<string>();
  for (const { item, row, vehicleGaps } of turns) {
    const score = contextScore(contextPoints(row.context.counts, row.analysedBefore));
    if (vehicleGaps || asked.has(item.unit) || routeOf(score) !== 'gap_finder') continue;
    asked.add(item.unit);
    row.asksForGaps = true;
  }
  return turns.map(({ item }) => item);
}
