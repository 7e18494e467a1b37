import type { Pool } from 'pg';
import { formatUsd } from '../../domain/money.ts';
import { expectedCost } from '../../vision/expected-cost.ts';
import type { PlanRequest, VerifyTable } from '../define.ts';
import { callsOf } from './expects.ts';
import type { Options } from './options.ts';
import { countRoutes, type RouteCount } from './route-counts.ts';
import { ROUTES } from './routes.ts';
import { readSources } from './sources.ts';

/** Where the images of a run would go, and what cannot be counted for them. */
export async function planTables(
  postgres: Pool,
  options: Options,
  { survey, ids, prices }: PlanRequest,
): Promise<VerifyTable[]> {
  const counts = await countRoutes(postgres, options, survey, ids);
  const costOf = (count: RouteCount) =>
    formatUsd(expectedCost(callsOf(options, [count]), count.images, prices).expected);
  const { missing } = await readSources(postgres, options);
  return [
    {
      title: 'Routes, by context score',
      columns: ['route', 'score', 'images', 'expected cost'],
      rows: ROUTES.flatMap(({ name, from }, place) => {
        const count = counts.find(({ route }) => route === name);
        return count ? [[name, scores(from, ROUTES[place - 1]?.from), count.images, costOf(count)]] : [];
      }),
    },
    missingTable(missing),
  ];
}

export function missingTable(missing: readonly string[]): VerifyTable {
  return {
    title: 'Sources of context that count nothing',
    columns: ['source'],
    rows: missing.map((one) => [one]),
  };
}

function scores(from: number, next: number | undefined): string {
  if (next === undefined) return `${from} and more`;
  return `${from} to ${next - 1}`;
}
