/** How people look at their database, word for word as it stands in their notes. */
export const QUERIES = {
  completion: `
-- Check completion
SELECT 
  COUNT(*) as total_images,
  COUNT(CASE WHEN ai_last_scanned IS NOT NULL THEN 1 END) as analyzed,
  COUNT(CASE WHEN ai_last_scanned IS NULL THEN 1 END) as remaining,
  ROUND(100.0 * COUNT(CASE WHEN ai_last_scanned IS NOT NULL THEN 1 END) / COUNT(*), 1) as percent_complete
FROM vehicle_images
WHERE vehicle_id IS NOT NULL;`,
  realTime: `
-- Real-time progress
SELECT 
  COUNT(CASE WHEN ai_last_scanned IS NULL THEN 1 END) as remaining,
  COUNT(CASE WHEN ai_last_scanned IS NOT NULL THEN 1 END) as completed
FROM vehicle_images
WHERE vehicle_id IS NOT NULL;`,
  progress: `
SELECT 
  COUNT(*) as total,
  COUNT(CASE WHEN ai_last_scanned IS NOT NULL THEN 1 END) as analyzed,
  ROUND(100.0 * COUNT(CASE WHEN ai_last_scanned IS NOT NULL THEN 1 END) / COUNT(*), 1) as percent
FROM vehicle_images
WHERE vehicle_id IS NOT NULL;`,
  topVehicles: `
SELECT 
  v.year, v.make, v.model,
  COUNT(*) as image_count,
  COUNT(CASE WHEN vi.ai_last_scanned IS NOT NULL THEN 1 END) as analyzed,
  COUNT(CASE WHEN vi.ai_last_scanned IS NULL THEN 1 END) as remaining
FROM vehicle_images vi
JOIN vehicles v ON v.id = vi.vehicle_id
GROUP BY v.id, v.year, v.make, v.model
ORDER BY remaining DESC
LIMIT 10;`,
  sample: `
SELECT 
  vi.id,
  vi.file_name,
  vi.ai_last_scanned,
  vi.ai_component_count,
  vi.ai_avg_confidence,
  vi.is_document,
  vi.document_category,
  jsonb_pretty(vi.ai_scan_metadata) as metadata
FROM vehicle_images vi
WHERE vi.ai_last_scanned IS NOT NULL
ORDER BY vi.ai_last_scanned DESC
LIMIT 3;`,
};
