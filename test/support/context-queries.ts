/** How people look at their database, word for word as it stands in their notes, by the heading there. */
export const QUERIES = {
  'Check database': `
SELECT 
  COUNT(*) as total,
  COUNT(CASE WHEN ai_scan_metadata->'context_score' IS NOT NULL THEN 1 END) as processed,
  AVG((ai_scan_metadata->>'context_score')::int) as avg_context_score,
  SUM((ai_scan_metadata->>'processing_cost')::numeric) as total_cost
FROM vehicle_images
WHERE vehicle_id IS NOT NULL;`,
  'How many left?': `
SELECT COUNT(*) 
FROM vehicle_images 
WHERE vehicle_id IS NOT NULL 
  AND (ai_scan_metadata IS NULL OR ai_scan_metadata->'context_score' IS NULL);`,
  'Check database progress': `
SELECT COUNT(*) as processed FROM vehicle_images WHERE ai_scan_metadata->'context_score' IS NOT NULL;`,
  'Verify all done': `
SELECT 
  COUNT(*) as total,
  COUNT(CASE WHEN ai_scan_metadata IS NOT NULL THEN 1 END) as processed,
  ROUND(100.0 * COUNT(CASE WHEN ai_scan_metadata IS NOT NULL THEN 1 END) / COUNT(*), 1) as percent
FROM vehicle_images WHERE vehicle_id IS NOT NULL;`,
};

/** The keys of their three examples of output, by where we keep them. */
export const EXAMPLES = {
  tier_1: [
    'tier',
    'angle',
    'category',
    'components_visible[]',
    'condition_glance',
    'image_quality.lighting',
    'image_quality.focus',
    'image_quality.sufficient_for_detail',
    'image_quality.suitable_for_expert',
    'image_quality.overall_score',
  ],
  tier_2: [
    'tier',
    'specific_parts[].name',
    'specific_parts[].condition',
    'specific_parts[].original',
    'specific_parts[].rust',
    'damage_assessment.items[].type',
    'damage_assessment.items[].location',
    'damage_assessment.items[].severity',
    'modifications',
  ],
  gap_finder: [
    'tier',
    'current_context_score',
    'missing_items[].item',
    'missing_items[].value',
    'missing_items[].how_to_get',
    'estimated_improvement.current_completeness',
    'estimated_improvement.with_additions',
    'estimated_improvement.cost_reduction',
  ],
};

/** Every path in a value: `specific_parts[].name`. */
export function pathsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((one) => pathsOf(one, `${path}[]`))];
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, one]) => pathsOf(one, path ? `${path}.${key}` : key));
  return path ? [path, ...below] : below;
}
