-- What the photos change about a vehicle's value: +15 % for a professional build, +10 % for custom work, and
-- 5 to 20 % up or down for condition. Each image counts by its confidence; the percentages are added.
WITH appraised AS (
  SELECT
    i.vehicle_id,
    i.ai_scan_metadata #>> '{appraiser,build_quality,level}' AS build,
    jsonb_path_query_first(i.ai_scan_metadata, '$.appraiser.build_quality.confidence ? (@.type() == "number")')::numeric
      AS build_confidence,
    jsonb_path_query_first(i.ai_scan_metadata, '$.appraiser.condition.score ? (@.type() == "number")')::numeric
      AS condition,
    jsonb_path_query_first(i.ai_scan_metadata, '$.appraiser.condition.confidence ? (@.type() == "number")')::numeric
      AS condition_confidence
  FROM vehicle_images i
  WHERE i.vehicle_id IS NOT NULL AND jsonb_typeof(i.ai_scan_metadata -> 'appraiser') = 'object'
),
scores AS (
  SELECT
    vehicle_id,
    count(*)::int AS appraised_images,
    sum(condition * condition_confidence) / nullif(sum(condition_confidence) FILTER (WHERE condition IS NOT NULL), 0)
      AS condition_score,
    coalesce(sum(build_confidence) FILTER (WHERE build = 'professional'), 0) AS professional,
    coalesce(sum(build_confidence) FILTER (WHERE build IN ('diy', 'factory')), 0) AS not_professional
  FROM appraised
  GROUP BY vehicle_id
),
custom AS (
  SELECT vehicle_id, count(DISTINCT lower(tag_name))::int AS modifications
  FROM image_tags
  WHERE tag_type = 'modification' AND confidence >= 60
  GROUP BY vehicle_id
),
adjustments AS (
  SELECT
    s.vehicle_id,
    s.appraised_images,
    round(s.condition_score, 1) AS condition_score,
    coalesce(c.modifications, 0) AS modifications,
    CASE WHEN s.professional > s.not_professional THEN 0.15 ELSE 0 END AS professional_build,
    CASE WHEN c.modifications > 0 THEN 0.10 ELSE 0 END AS custom_features,
    CASE
      WHEN s.condition_score >= 90 THEN 0.20
      WHEN s.condition_score >= 80 THEN 0.10
      WHEN s.condition_score >= 70 THEN 0.05
      WHEN s.condition_score >= 50 THEN 0
      WHEN s.condition_score >= 40 THEN -0.05
      WHEN s.condition_score >= 25 THEN -0.10
      WHEN s.condition_score < 25 THEN -0.20
      ELSE 0
    END AS condition_adjustment
  FROM scores s
  LEFT JOIN custom c USING (vehicle_id)
)
SELECT a.*, 1 + a.professional_build + a.custom_features + a.condition_adjustment AS multiplier
FROM adjustments a
