import type { Pool } from 'pg';
import { UsageError } from '../../domain/failure.ts';
import type { Period, VerifyTable } from '../define.ts';
import { hasColumn, readShape } from './shape.ts';

/** What was analysed when, and how sure the answers were. Reads only. */
export async function trend(postgres: Pool, by: Period): Promise<VerifyTable[]> {
  if (!hasColumn(await readShape(postgres), 'vehicle_images', 'ai_last_scanned')) {
    throw new UsageError(
      'no trend yet: vehicle-images has not run on this database',
      'start-backfill vehicle-images',
    );
  }
  const { rows } = await postgres.query<(string | number | null)[]>({
    text: `
      SELECT to_char(date_trunc($1, ai_last_scanned::timestamptz AT TIME ZONE 'UTC'), 'YYYY-MM-DD'),
             count(*)::int, (count(*) FILTER (WHERE is_document))::int,
             round(avg(ai_component_count), 1)::float8, round(avg(ai_avg_confidence), 1)::float8
        FROM vehicle_images
       WHERE vehicle_id IS NOT NULL AND ai_last_scanned IS NOT NULL
       GROUP BY 1 ORDER BY 1`,
    values: [by],
    rowMode: 'array',
  });
  const columns = [`${by} from`, 'analysed', 'documents', 'components, mean', 'confidence, mean'];
  return [{ title: `Analyses by ${by} (UTC)`, columns, rows }];
}
