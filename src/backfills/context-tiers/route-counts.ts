import type { Pool } from 'pg';
import type { Survey } from '../define.ts';
import { conditions } from '../postgres-rows/selection.ts';
import { countsSql, routeSql, scoreSql } from './context-sql.ts';
import type { Options } from './options.ts';
import { analysedBefore, hasGaps, suffices, vehicleHasGaps } from './photo-sql.ts';
import type { RouteName } from './routes.ts';
import { contextTable } from './source.ts';

/** The images of a selection that take one route. */
export interface RouteCount {
  route: RouteName;
  images: number;
  /** Those that suffice for tier 2, as tier 1 has said before. */
  sufficient: number;
  /** Those that tier 1 has not looked at. */
  unseen: number;
  /** Those that would ask for gaps if it were once per vehicle. */
  turns: number;
}

/** What is known of a run before it begins: where its images go. `ids`: the run's list. */
export async function countRoutes(
  postgres: Pool,
  options: Options,
  { selection }: Pick<Survey, 'selection'>,
  ids?: readonly string[],
): Promise<RouteCount[]> {
  const table = await contextTable(postgres, options);
  // No run has this id: none has begun.
  const query = conditions({ runId: '', selection, table, ids });
  const { rows } = await postgres.query<RouteCount>(
    `SELECT ${routeSql(scoreSql('counts', 'chosen.before'))} AS route, count(*)::int AS images,
            (count(*) FILTER (WHERE sufficient))::int AS sufficient,
            (count(*) FILTER (WHERE sufficient IS NULL))::int AS unseen,
            (count(*) FILTER (WHERE own) + count(DISTINCT chosen.vehicle) FILTER (WHERE NOT others))::int AS turns
       FROM (SELECT i.vehicle_id::text AS vehicle, ${analysedBefore(table, selection)} AS before,
                    ${suffices(table)} AS sufficient, ${hasGaps(table)} AS own, ${vehicleHasGaps(table)} AS others
               ${query.from()}) AS chosen
       LEFT JOIN (${countsSql(table.sources)}) AS counts ON counts.vehicle = chosen.vehicle
      GROUP BY 1`,
    query.values,
  );
  return rows;
}
