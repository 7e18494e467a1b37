import builtIn from './amenities.json' with { type: 'json' };
import { normalise, normaliseList } from './normalise.ts';
import { createTally, type Tally } from './tally.ts';
import { amenityFinder, type FindAmenities } from './vocabulary.ts';

/** Canonical phrases of amenities, each with other phrases for the same. */
export type Vocabulary = Record<string, readonly string[]>;

/** What a model said about one photo. It is a model's word: anything may be null, missing or of a wrong type. */
export interface Analysis {
  image_type?: unknown;
  features?: unknown;
  visual_features?: unknown;
  architecture_style?: unknown;
  exterior_color?: unknown;
  materials?: unknown;
  confidence?: unknown;
}

export interface SplitOptions {
  /** A photo's vote counts 3 for high confidence, 1 for low, 2 for anything else. Otherwise 1 each. */
  weighConfidence?: boolean | undefined;
  /** How many are named at most: 3 materials, 10 features of the interior, any number of amenities (null). */
  caps?:
    | {
        materials?: number | undefined;
        interior?: number | undefined;
        amenities?: number | null | undefined;
      }
    | undefined;
  /** Instead of the built-in ones. */
  amenities?: Vocabulary | undefined;
}

/** Null: there is nothing to say, so the field is to be absent. */
export interface Split {
  exterior: string | null;
  interior: string | null;
  amenities: string | null;
  counts: {
    /** Distinct values beyond the caps. */
    cut: { materials: number; interior: number; amenities: number };
    /** Distinct features of exterior and unknown photos that are in no field. */
    unplaced: number;
    /** Photos that are neither exterior nor interior. */
    unknownPhotos: number;
  };
}

interface Photo {
  kind: 'exterior' | 'interior' | 'unknown';
  votes: number;
  amenities: string[];
  /** What is no amenity. */
  features: string[];
  style: string | null;
  color: string | null;
  materials: string[];
}

/** The built-in amenities, a base to extend: `{ ...AMENITIES, 'ski locker': ['ski lockers'] }`. */
export const AMENITIES: Vocabulary = builtIn;

/**
 * Splits what was said about a listing's photos into three texts. `analyses` are in the order of the photos, which
 * decides ties.
 *
 * @example
 * splitVisualFeatures([
 *   { image_type: 'exterior', architecture_style: 'ranch', exterior_color: 'white', features: ['front porch'] },
 *   { image_type: 'interior', features: ['granite countertops', 'fireplace'] },
 * ]);
 * // exterior: 'ranch style white exterior', interior: 'granite countertops', amenities: 'front porch, fireplace'
 */
export function splitVisualFeatures(analyses: readonly Analysis[], options: SplitOptions = {}): Split {
  const { weighConfidence = false, caps = {}, amenities = AMENITIES } = options;
  const find = amenityFinder(amenities);
  const photos = analyses.map((analysis) => photoOf(analysis, find, weighConfidence));
  const exterior = photos.filter(({ kind }) => kind === 'exterior');
  const interior = photos.filter(({ kind }) => kind === 'interior');

  const said = {
    materials: capped(
      count(exterior, ({ materials }) => materials),
      caps.materials ?? 3,
    ),
    interior: capped(
      count(interior, ({ features }) => features),
      caps.interior ?? 10,
    ),
    amenities: capped(
      count(photos, (photo) => photo.amenities),
      caps.amenities ?? Number.POSITIVE_INFINITY,
    ),
  };
  const placed = new Set(interior.flatMap(({ features }) => features));
  const elsewhere = photos.filter(({ kind }) => kind !== 'interior').flatMap(({ features }) => features);

  return {
    exterior: exteriorText(exterior, said.materials.kept),
    interior: said.interior.kept.join(', ') || null,
    amenities: said.amenities.kept.join(', ') || null,
    counts: {
      cut: { materials: said.materials.cut, interior: said.interior.cut, amenities: said.amenities.cut },
      unplaced: new Set(elsewhere).difference(placed).size,
      unknownPhotos: photos.filter(({ kind }) => kind === 'unknown').length,
    },
  };
}

function photoOf(analysis: Analysis, find: FindAmenities, weighConfidence: boolean): Photo {
  const type = normalise(analysis.image_type);
  const features = new Set([...normaliseList(analysis.features), ...normaliseList(analysis.visual_features)]);
  const amenities = [...features].map((feature) => ({ feature, found: find(feature) }));
  return {
    kind: type === 'exterior' || type === 'interior' ? type : 'unknown',
    votes: weighConfidence ? weightOf(analysis.confidence) : 1,
    amenities: [...new Set(amenities.flatMap(({ found }) => found))],
    features: amenities.filter(({ found }) => found.length === 0).map(({ feature }) => feature),
    style: normalise(normalise(analysis.architecture_style)?.replace(/ style$/, '')),
    color: normalise(analysis.exterior_color),
    materials: normaliseList(analysis.materials),
  };
}

function weightOf(confidence: unknown): number {
  const said = normalise(confidence);
  if (said === 'high') return 3;
  return said === 'low' ? 1 : 2;
}

function count(photos: readonly Photo[], saidBy: (photo: Photo) => string[]): Tally {
  const tally = createTally();
  for (const photo of photos) {
    for (const text of saidBy(photo)) tally.add(text, photo.votes);
  }
  return tally;
}

function capped(tally: Tally, cap: number): { kept: string[]; cut: number } {
  const ranked = tally.ranked();
  const kept = ranked.slice(0, cap);
  return { kept, cut: ranked.length - kept.length };
}

/** `{style} style {color} exterior with {materials}`, without the parts that nobody spoke of. */
function exteriorText(photos: readonly Photo[], materials: readonly string[]): string | null {
  const [style] = count(photos, (photo) => (photo.style === null ? [] : [photo.style])).ranked();
  const [color] = count(photos, (photo) => (photo.color === null ? [] : [photo.color])).ranked();
  if (!style && !color && materials.length === 0) return null;
  const parts = [style && `${style} style`, color, 'exterior'];
  if (materials.length > 0) parts.push(`with ${materials.join(', ')}`);
  return parts.filter((part) => part).join(' ');
}
