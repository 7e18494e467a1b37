-- One row per vehicle: what its photos say about it. Scores and confidences run from 0 to 100. What others
-- have stored in ai_scan_metadata in another form counts as not there.
SELECT
  i.vehicle_id,
  count(*)::int AS images,
  count(i.ai_last_scanned)::int AS analysed_images,
  count(*) FILTER (WHERE i.is_document)::int AS documents,
  round(avg(jsonb_path_query_first(i.ai_scan_metadata, '$.appraiser.condition.score ? (@.type() == "number")')::numeric), 1) AS condition_score,
  round(avg(jsonb_path_query_first(i.ai_scan_metadata, '$.appraiser.paint.quality_score ? (@.type() == "number")')::numeric), 1) AS paint_score,
  mode() WITHIN GROUP (ORDER BY i.ai_scan_metadata #>> '{appraiser,paint,color}') AS paint_color,
  mode() WITHIN GROUP (ORDER BY nullif(i.ai_scan_metadata #>> '{appraiser,build_quality,level}', 'unknown'))
    AS build_quality,
  (SELECT array_agg(DISTINCT lower(c.component_name) ORDER BY lower(c.component_name))
     FROM component_conditions c WHERE c.vehicle_id = i.vehicle_id) AS components,
  (SELECT array_agg(DISTINCT lower(t.tag_name) ORDER BY lower(t.tag_name))
     FROM image_tags t WHERE t.vehicle_id = i.vehicle_id AND t.tag_type = 'modification') AS modifications,
  array_agg(DISTINCT i.document_category) FILTER (WHERE i.is_document) AS document_categories,
  round(avg(i.ai_avg_confidence)::numeric, 1) AS avg_confidence,
  max(i.ai_last_scanned) AS last_analysed
FROM vehicle_images i
WHERE i.vehicle_id IS NOT NULL
GROUP BY i.vehicle_id
