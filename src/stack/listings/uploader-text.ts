import type { Analysis } from './photos.ts';

/**
 * `visual_features_text` as the seed's uploader writes it: from the same photos, most common first, without
 * normalising and without telling amenities from other features. Null: nothing was said.
 */
export function uploaderText(analyses: readonly Analysis[]): string | null {
  const exterior = analyses.filter(({ image_type }) => image_type === 'exterior');
  const interior = analyses.filter(({ image_type }) => image_type === 'interior');
  const [style] = mostCommon(exterior.map(({ architecture_style }) => textsOf(architecture_style)));
  const [color] = mostCommon(exterior.map(({ exterior_color }) => textsOf(exterior_color)));
  const materials = mostCommon(exterior.map(({ materials }) => textsOf(materials))).slice(0, 3);
  const rooms = mostCommon(
    interior.map(({ features, visual_features }) => [...textsOf(features), ...textsOf(visual_features)]),
  ).slice(0, 10);
  const property = mostCommon(exterior.map(({ features }) => textsOf(features))).slice(0, 10);
  const home = [
    style && `${style} style`,
    color,
    'home',
    materials.length > 0 && `with ${materials.join(', ')}`,
  ];
  const parts = [
    exterior.length > 0 && `Exterior: ${home.filter(Boolean).join(' ')}`,
    rooms.length > 0 && `Interior features: ${rooms.join(', ')}`,
    property.length > 0 && `Property includes: ${property.join(', ')}`,
  ].filter(Boolean);
  return parts.length > 0 ? `${parts.join('. ')}.` : null;
}

/** As Python's `Counter.most_common`: ties to the first seen. */
function mostCommon(said: readonly string[][]): string[] {
  const counts = new Map<string, number>();
  for (const text of said.flat()) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([text]) => text);
}

function textsOf(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((text) => typeof text === 'string' && text !== '');
}
