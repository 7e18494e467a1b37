/** SQL about what a row of images holds. Other tools may have left anything there: no value of it fails a query. */

/** As a whole number; null where it is none from 0 to 100. */
export const SCORE = 'CASE WHEN quality_score BETWEEN 0 AND 100 THEN round(quality_score::numeric)::int END';

/** A condition: the details are of this backfill. */
export const OURS = `coalesce(jsonb_typeof(quality_details -> 'criteria') = 'array'
  AND quality_details ?& ARRAY['detector', 'scored_at'], false)`;

/** When this backfill scored the image; null where another tool did. */
export const SCORED_AT = `CASE WHEN quality_details ->> 'scored_at' ~ '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$'
  THEN (quality_details ->> 'scored_at')::timestamptz END`;

/** A condition: the score was made of some criteria only. */
export const PARTIAL = `coalesce(quality_details -> 'partial' = 'true', false)`;
