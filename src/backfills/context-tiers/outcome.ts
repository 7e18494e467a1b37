import type { Pool } from 'pg';
import { formatUsd, nanodollars } from '../../domain/money.ts';
import type { Run } from '../../domain/run.ts';
import type { VerifyTable } from '../define.ts';
import { hasJournal } from './contradictions.ts';
import { comparedWithMonolithic } from './monolithic.ts';

/** What a run came to by route, and beside one large call for each of its images. */
export async function outcome(postgres: Pool, { runId, counts, spent }: Run): Promise<VerifyTable[]> {
  const { written, cached, failed, unknown, conflicts } = counts;
  const images = written + cached + failed + unknown + conflicts;
  if (images === 0) return [];
  return [
    ...((await hasJournal(postgres)) ? [await routes(postgres, runId)] : []),
    comparedWithMonolithic({ title: 'This run compared with the monolithic way', images, failed, spent }),
  ];
}

async function routes(postgres: Pool, runId: string): Promise<VerifyTable> {
  const { rows } = await postgres.query<RouteOutcome>(BY_ROUTE, [runId]);
  return {
    title: 'Routes of this run',
    columns: ['route', 'images', 'answers', 'mean score', 'cost', 'mean cost'],
    rows: rows.map(({ route, images, answers, score, cost }) => [
      route,
      images,
      answers,
      score,
      formatUsd(nanodollars(cost)),
      formatUsd(nanodollars(cost / images)),
    ]),
  };
}

interface RouteOutcome {
  route: string;
  images: number;
  answers: number;
  score: number;
  /** US dollars. */
  cost: number;
}

const key = (name: string) => `field = 'ai_scan_metadata.${name}'`;
const ANSWERS = ['tier_1', 'tier_2', 'gap_finder'].map(key).join(' OR ');

const BY_ROUTE = `
  SELECT route, count(*)::int AS images, sum(answers)::int AS answers, round(avg(score), 1)::float8 AS score,
         sum(cost)::float8 AS cost
    FROM (SELECT max(after ->> 'route') FILTER (WHERE ${key('context')}) AS route,
                 count(*) FILTER (WHERE (${ANSWERS}) AND jsonb_typeof(after) = 'object') AS answers,
                 max(after::numeric) FILTER (WHERE ${key('context_score')}) AS score,
                 max(after::numeric) FILTER (WHERE ${key('processing_cost')}) AS cost
            FROM temporal_backfill.journal
           WHERE run_id = $1
           GROUP BY row_id) AS images
   GROUP BY route ORDER BY images DESC, route`;
