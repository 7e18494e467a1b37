-- What is missing of each vehicle, as its photos told: a row for each thing, whichever words of them differ in case or
-- punctuation. What is said of it comes from the photo that was judged last.
WITH told AS (
  SELECT
    i.vehicle_id,
    i.id AS image_id,
    i.ai_scan_metadata #>> '{context,judged_at}' AS judged_at,
    i.ai_scan_metadata -> 'gap_finder' AS answer,
    gap.item,
    btrim(regexp_replace(lower(gap.item ->> 'item'), '[[:punct:][:space:]]+', ' ', 'g')) AS same
  FROM vehicle_images i
  CROSS JOIN LATERAL
    jsonb_path_query(i.ai_scan_metadata, '$.gap_finder.missing_items[*] ? (@.item.type() == "string")') AS gap (item)
  WHERE i.vehicle_id IS NOT NULL
),
merged AS (
  SELECT
    vehicle_id,
    count(DISTINCT image_id)::int AS images,
    max(judged_at) AS judged_at,
    (array_agg(item ORDER BY judged_at DESC NULLS LAST, image_id))[1] AS item,
    (array_agg(answer ORDER BY judged_at DESC NULLS LAST, image_id))[1] AS answer
  FROM told
  GROUP BY vehicle_id, same
)
SELECT
  vehicle_id,
  item ->> 'item' AS item,
  coalesce(nullif(item ->> 'how_to_get', ''), 'Add ' || (item ->> 'item')) AS words,
  item ->> 'value' AS value,
  item ->> 'how_to_get' AS how_to_get,
  images,
  CASE WHEN jsonb_typeof(answer -> 'current_context_score') = 'number'
       THEN (answer ->> 'current_context_score')::numeric END AS current_context_score,
  answer #>> '{estimated_improvement,current_completeness}' AS current_completeness,
  answer #>> '{estimated_improvement,with_additions}' AS with_additions,
  answer #>> '{estimated_improvement,cost_reduction}' AS cost_reduction,
  judged_at
FROM merged
