-- Components by words: WHERE search @@ websearch_to_tsquery('english', 'cracked dashboard').
SELECT
  c.vehicle_id,
  c.image_id,
  c.component_name,
  c.condition,
  c.condition_score,
  c.notes,
  c.confidence,
  to_tsvector('english', coalesce(c.component_name, '') || ' ' || coalesce(c.notes, '')) AS search
FROM component_conditions c
