import type { Dice } from '../sample/random.ts';
import type { Amenity } from './amenity-catalogue.ts';
import {
  FACADES,
  INSIDE_MATERIALS,
  MOODS,
  OUTSIDE,
  OUTSIDE_MOODS,
  ROOMS,
  STYLES,
  TRIM_MATERIALS,
} from './catalogue.ts';
import type { Home } from './home.ts';

/** What a vision model said about a photo, and the cache holds as a map or as JSON. */
export type Analysis = Record<string, unknown>;

/** A photo as planned: the cache may hold something else instead of the analysis. */
export interface PlannedPhoto {
  url: string;
  analysis: Analysis;
  /** What the cache holds where that is not the analysis. */
  held?: unknown;
}

type Kind = 'exterior' | 'interior' | 'unknown';

/**
 * In the order of the listing: the front, the rooms, the back, and what is neither. At most every fourth
 * exterior photo says another style or color than is true, and the first two never: so the majority is right.
 */
export function analysesOf(home: Home, count: number, choose: Dice): Analysis[] {
  const kinds = kindsOf(count, choose);
  const seen = { exterior: 0, interior: 0, unknown: 0 };
  const outside = sightings(home.amenities, 'outside', kinds);
  const inside = sightings(home.amenities, 'inside', kinds);
  return kinds.map((kind) => {
    const ordinal = seen[kind]++;
    if (kind === 'exterior') return exteriorPhoto(home, ordinal, outside(ordinal, choose), choose);
    if (kind === 'interior') return interiorPhoto(home, ordinal, inside(ordinal, choose), choose);
    return unknownPhoto(outside(ordinal, choose).slice(0, 1), choose);
  });
}

/** At least two exterior and five interior photos among ten. */
function kindsOf(count: number, choose: Dice): Kind[] {
  const exterior = Math.max(1, Math.round(count * choose.real(0.22, 0.38, 2)));
  const unknown = Math.min(Math.floor(count / 8), choose.int(0, 2));
  const front = Math.ceil(exterior / 2);
  return Array.from({ length: count }, (_, at) => {
    if (at < front) return 'exterior';
    if (at >= count - unknown) return 'unknown';
    return at >= count - unknown - (exterior - front) ? 'exterior' : 'interior';
  });
}

/** Each amenity is on one of the first photos of its kind for sure, and on some others. */
function sightings(amenities: readonly Amenity[], where: Amenity['where'], kinds: readonly Kind[]) {
  const here = amenities.filter((amenity) => amenity.where === where);
  const photos = kinds.filter((kind) => kind === (where === 'outside' ? 'exterior' : 'interior'));
  const sure = Math.min(2, photos.length);
  return (ordinal: number, choose: Dice): string[] =>
    here
      .filter((_, index) => index % sure === ordinal || choose.chance(0.2))
      .map(({ name, wordings }) => (wordings ? choose.pick(wordings) : name));
}

function exteriorPhoto(home: Home, ordinal: number, amenities: string[], choose: Dice): Analysis {
  const turn = ordinal % 4;
  const wrong = turn === 3 && choose.chance(0.6);
  const silent = turn === 2 && choose.chance(0.6);
  const others = choose.chance(0.1) ? [choose.pick(TRIM_MATERIALS)] : [];
  return {
    features: [...amenities, ...draws(OUTSIDE, choose.int(2, 4), choose)],
    image_type: 'exterior',
    architecture_style: silent ? null : wrong ? choose.pick(STYLES) : home.style,
    exterior_color: silent ? null : wrong ? choose.pick(choose.pick(FACADES).colors) : home.color,
    materials: [...new Set([...home.materials.filter((_, at) => at === 0 || choose.chance(0.7)), ...others])],
    visual_features: draws(OUTSIDE_MOODS, choose.int(0, 2), choose),
    confidence: confidence(choose),
  };
}

function interiorPhoto(home: Home, ordinal: number, amenities: string[], choose: Dice): Analysis {
  const known = home.interior;
  const shown = Array.from({ length: choose.int(2, 5) }, (_, at) => known[(ordinal * 3 + at) % known.length]);
  const mistaken = choose.chance(0.06) ? [choose.pick(choose.pick(ROOMS))] : [];
  return {
    features: [...new Set([...shown.filter((feature) => feature !== undefined), ...mistaken]), ...amenities],
    image_type: 'interior',
    architecture_style: choose.chance(0.05) ? home.style : null,
    exterior_color: null,
    materials: draws(INSIDE_MATERIALS, choose.int(0, 2), choose),
    visual_features: draws(MOODS, choose.int(0, 2), choose),
    confidence: confidence(choose),
  };
}

function unknownPhoto(amenities: string[], choose: Dice): Analysis {
  return {
    features: [choose.pick(['floor plan', 'aerial photo', 'neighborhood map', 'lot lines']), ...amenities],
    image_type: choose.pick(['unknown', 'aerial', 'floor_plan', null]),
    architecture_style: null,
    exterior_color: null,
    materials: [],
    visual_features: [],
    confidence: 'low',
  };
}

/** Different ones, in no order. */
function draws(choices: readonly string[], count: number, choose: Dice): string[] {
  return [...new Set(Array.from({ length: count }, () => choose.pick(choices)))];
}

function confidence(choose: Dice): string {
  return choose.pick(['high', 'high', 'high', 'high', 'medium', 'medium', 'low']);
}
