import type { Pool } from 'pg';
import { UsageError } from '../../domain/failure.ts';
import type { VerifyTable } from '../define.ts';
import { queryTable } from '../query-table.ts';
import { contradictions } from './contradictions.ts';
import { hasRequiredKeys } from './photos.ts';
import { hasColumn, readShape } from './shape.ts';
import { FINDING_TABLE_NAMES } from './tables.ts';
import { othersViews } from './views.ts';

/** What the database itself says about the analysis. Reads only. */
export async function verify(postgres: Pool): Promise<VerifyTable[]> {
  const shape = await readShape(postgres);
  const found = FINDING_TABLE_NAMES.every((table) => shape[table]);
  if (!hasColumn(shape, 'vehicle_images', 'ai_last_scanned') || !found) {
    throw new UsageError(
      'nothing to verify: vehicle-images has not run on this database',
      'start-backfill vehicle-images',
    );
  }
  const tables: VerifyTable[] = [];
  for (const { title, query } of CHECKS) tables.push(await queryTable(postgres, title, query));
  tables.push(await contradictions(postgres, shape));
  const taken = await othersViews(postgres);
  if (taken.length > 0)
    tables.push({
      title: 'Views left as they are, not ours',
      columns: ['view'],
      rows: taken.map((name) => [name]),
    });
  return tables;
}

/** Columns of `vehicles` are read through to_jsonb: not every database has all of them. */
const CHECKS = [
  {
    title: 'Progress',
    query: `
      SELECT count(*)::int AS total,
             count(ai_last_scanned)::int AS analyzed,
             (count(*) - count(ai_last_scanned))::int AS remaining,
             coalesce(round(100.0 * count(ai_last_scanned) / nullif(count(*), 0), 1), 0)::float8 AS percent,
             (count(*) FILTER (WHERE ai_last_scanned IS NOT NULL AND NOT ${hasRequiredKeys('i')}))::int AS incomplete
        FROM vehicle_images i
       WHERE vehicle_id IS NOT NULL`,
  },
  {
    title: 'Findings',
    query: `
      SELECT (SELECT count(*)::int FROM image_tags) AS tags,
             (SELECT count(*)::int FROM component_conditions) AS components,
             (SELECT count(*)::int FROM paint_quality_assessments) AS paint,
             (SELECT count(*)::int FROM vehicle_spid_data) AS spid_sheets,
             (SELECT count(*)::int FROM vehicle_spid_data WHERE NOT vin_valid) AS failed_vins,
             (SELECT count(*)::int FROM vehicle_spid_contradictions) AS contradictions,
             (SELECT count(*)::int FROM vehicle_images WHERE vehicle_id IS NULL) AS images_without_vehicle`,
  },
  {
    title: 'Kinds of photo',
    query: `
      SELECT ai_scan_metadata #>> '{rekognition,kind}' AS kind, count(*)::int AS images
        FROM vehicle_images
       WHERE vehicle_id IS NOT NULL AND ai_scan_metadata #>> '{rekognition,kind}' IS NOT NULL
       GROUP BY 1 ORDER BY 2 DESC, 1`,
  },
  {
    title: 'Documents',
    query: `
      SELECT document_category AS category, count(*)::int AS images
        FROM vehicle_images
       WHERE vehicle_id IS NOT NULL AND is_document
       GROUP BY 1 ORDER BY 2 DESC, 1`,
  },
  {
    title: 'Top vehicles by images remaining',
    query: `
      SELECT to_jsonb(v) ->> 'year' AS year, to_jsonb(v) ->> 'make' AS make, to_jsonb(v) ->> 'model' AS model,
             t.images, t.analyzed, t.images - t.analyzed AS remaining
        FROM (SELECT vehicle_id, count(*)::int AS images, count(ai_last_scanned)::int AS analyzed
                FROM vehicle_images WHERE vehicle_id IS NOT NULL GROUP BY vehicle_id) t
        JOIN vehicles v ON v.id = t.vehicle_id
       ORDER BY remaining DESC, images DESC, v.id
       LIMIT 10`,
  },
  {
    title: 'Latest analyses',
    query: `
      SELECT id::text AS id, to_jsonb(i) ->> 'file_name' AS file_name,
             to_char(ai_last_scanned, 'YYYY-MM-DD HH24:MI') AS scanned,
             ai_component_count::int AS components, ai_avg_confidence::float8 AS confidence,
             concat_ws(' ', ai_scan_metadata #>> '{rekognition,kind}', ai_scan_metadata #>> '{rekognition,angle}') AS photo,
             document_category AS document, ai_scan_metadata #>> '{appraiser,summary}' AS summary
        FROM vehicle_images i
       WHERE ai_last_scanned IS NOT NULL
       ORDER BY ai_last_scanned DESC, id
       LIMIT 3`,
  },
  {
    title: 'VINs that fail their check',
    query: `
      SELECT image_id::text AS image, vin, vin_reason AS reason
        FROM vehicle_spid_data WHERE NOT vin_valid ORDER BY image_id LIMIT 20`,
  },
  {
    title: 'SPID sheets that contradict their vehicle',
    query: `
      SELECT vehicle_id::text AS vehicle, image_id::text AS image, field, vehicle_value, sheet_value
        FROM vehicle_spid_contradictions ORDER BY vehicle_id, image_id, field LIMIT 20`,
  },
];
