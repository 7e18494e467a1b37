-- The photos of each vehicle, grouped by what they show and from where.
SELECT
  i.vehicle_id,
  i.ai_scan_metadata #>> '{rekognition,kind}' AS kind,
  i.ai_scan_metadata #>> '{rekognition,angle}' AS angle,
  count(*)::int AS images,
  array_agg(i.id ORDER BY i.ai_avg_confidence DESC NULLS LAST, i.id) AS image_ids
FROM vehicle_images i
WHERE i.vehicle_id IS NOT NULL AND i.ai_scan_metadata #>> '{rekognition,kind}' IS NOT NULL
GROUP BY 1, 2, 3
