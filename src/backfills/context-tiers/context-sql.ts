import {
  CONTEXT_POINTS,
  type ContextCounts,
  PREVIOUS_ANALYSIS_POINTS,
  WELL_DOCUMENTED,
} from '../../domain/context-score.ts';
import { RECORD_KINDS, RECORDS } from './records.ts';
import { ROUTES } from './routes.ts';
import type { ContextSource, ContextSources } from './sources.ts';

/**
 * SQL: how many records of each kind there are, a row for each vehicle that has any. Columns: `vehicle` (its id as text) and
 * the names of {@link ContextCounts}. `vehicles`: the place of a parameter with ids, text[]; else all are counted.
 */
export function countsSql({ found }: ContextSources, vehicles?: string): string {
  const counted = found.map(
    (source) =>
      `SELECT ${source.vehicle}::text AS vehicle, '${source.kind}' AS kind, count(*) AS n ${from(source, vehicles)} GROUP BY 1`,
  );
  const sums = RECORD_KINDS.map(
    (kind) => `coalesce(sum(n) FILTER (WHERE kind = '${kind}'), 0)::int AS "${kind}"`,
  );
  // Names the columns, and the parameter, where there is no source.
  const none = `SELECT NULL::text, NULL::text, 0::bigint WHERE false AND ${vehicles ?? 'NULL'}::text[] IS NOT NULL`;
  const rows = [none, ...counted].join(' UNION ALL ');
  return `SELECT vehicle, ${sums.join(', ')} FROM (${rows}) AS counted (vehicle, kind, n) GROUP BY vehicle`;
}

/**
 * SQL: the context score of a vehicle by its row of {@link countsSql}, which goes by the name `counts` and may be null.
 * `analysedBefore`: a condition.
 */
export function scoreSql(counts: string, analysedBefore = 'false'): string {
  const count = (kind: keyof ContextCounts) => `coalesce(${counts}."${kind}", 0)`;
  const points = RECORD_KINDS.map((kind) => {
    const { each, most } = CONTEXT_POINTS[kind];
    return `least(${each} * ${count(kind)}, ${most})`;
  });
  const { events, points: wellDocumented } = WELL_DOCUMENTED;
  return `(${[
    ...points,
    `CASE WHEN ${count('events')} > ${events} THEN ${wellDocumented} ELSE 0 END`,
    `CASE WHEN ${analysedBefore} THEN ${PREVIOUS_ANALYSIS_POINTS} ELSE 0 END`,
  ].join(' + ')})`;
}

/** SQL: the name of the route that a score takes; null for no score. */
export function routeSql(score: string): string {
  const routes = ROUTES.map(({ name, from }) => `WHEN ${score} >= ${from} THEN '${name}'`);
  return `CASE ${routes.join(' ')} END`;
}

/** SQL, a condition: a score takes a cheaper route than the one of this name. */
export function improvedSql(score: string, route: string): string {
  const [, ...dearer] = ROUTES.map(({ name }, place) => ({ name, above: ROUTES[place - 1]?.from ?? 0 }));
  return `(${dearer.map(({ name, above }) => `${route} = '${name}' AND ${score} >= ${above}`).join(' OR ')})`;
}

/**
 * SQL: the records of these vehicles in words, of each kind the newest few: `vehicle`, `kind`, `words`, in an order that stays.
 * `vehicles`: the place of a parameter with ids, text[].
 */
export function recordsSql({ found, vehicleColumns }: ContextSources, vehicles: string): string {
  const named = vehicleColumns.map((column) => `left(v.${column}::text, 60)`);
  const name = `SELECT v.id::text, 'vehicle', ${named.length > 0 ? `concat_ws(' ', ${named.join(', ')})` : `''`}, 1::bigint
                  FROM vehicles v WHERE v.id = ANY (${vehicles}::text[]::uuid[])`;
  const told = found.map(
    (source) => `
    SELECT vehicle, '${source.kind}', words, place
      FROM (SELECT *, row_number() OVER (PARTITION BY vehicle ORDER BY moment DESC NULLS LAST, words COLLATE "C") AS place
              FROM (SELECT DISTINCT ${source.vehicle}::text AS vehicle, ${source.moment} AS moment, ${source.words} AS words
                      ${from(source, vehicles)}) AS worded
             WHERE words <> '') AS placed
     WHERE place <= ${RECORDS[source.kind].told.records}`,
  );
  return `SELECT vehicle, kind, words FROM (${[name, ...told].join(' UNION ALL ')}) AS told (vehicle, kind, words, place)
           ORDER BY vehicle, kind, place`;
}

function from({ from: tables, vehicle, type, where }: ContextSource, vehicles: string | undefined): string {
  const whose =
    vehicles === undefined
      ? `${vehicle} IS NOT NULL`
      : `${vehicle} = ANY (${vehicles}::text[]${type === 'uuid' ? '::uuid[]' : ''})`;
  return `FROM ${tables} WHERE ${[whose, ...where].join(' AND ')}`;
}
