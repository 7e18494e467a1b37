import type { Analysis, PlannedPhoto } from './photos.ts';

type Change = (photos: PlannedPhoto[]) => PlannedPhoto[];

/** All, or every so many from the second on, so that the first photo still says what is true. */
export function everyAnalysis(every: number, change: (analysis: Analysis, at: number) => Analysis): Change {
  return (photos) =>
    photos.map((photo, at) =>
      at % every === 1 % every ? { ...photo, analysis: change(photo.analysis, at) } : photo,
    );
}

/** The cache holds something else than the analysis. */
export function held(every: number, make: (analysis: Analysis) => unknown): Change {
  return (photos) =>
    photos.map((photo, at) => (at % every === 1 ? { ...photo, held: make(photo.analysis) } : photo));
}

/** Photos of other kinds show what those of this kind do. */
export function oneKind(kind: string): Change {
  return (photos) => {
    const shown = photos.filter(({ analysis }) => analysis.image_type === kind);
    return photos.map((photo, at) => ({ ...photo, analysis: (shown[at % shown.length] ?? photo).analysis }));
  };
}

export function nulls(analysis: Analysis, at: number): Analysis {
  const keys = Object.keys(analysis);
  const cleared = keys.map((key, index) => [key, index % 3 === at % 3 ? null : analysis[key]]);
  return Object.fromEntries(at % 5 === 0 ? cleared.filter(([, value]) => value !== null) : cleared);
}

export function shouted(analysis: Analysis): Analysis {
  const shout = (text: string, at: number) =>
    at % 2 ? `  ${text.toUpperCase().replaceAll(' ', '  ')}\n` : text.replaceAll(' ', '_');
  return Object.fromEntries(
    Object.entries(analysis).map(([key, value]) => {
      if (typeof value === 'string') return [key, shout(value, key.length)];
      return [key, Array.isArray(value) ? value.map((text, at) => shout(String(text), at)) : value];
    }),
  );
}

export function repeated(analysis: Analysis): Analysis {
  const features = listOf(analysis.features);
  const materials = listOf(analysis.materials);
  return {
    ...analysis,
    features: [...features, ...features.map((text) => String(text).toUpperCase())],
    materials: [...materials, ...materials],
    visual_features: [...listOf(analysis.visual_features), ...features],
  };
}

export function retyped(analysis: Analysis, at: number): Analysis {
  const { image_type, ...untyped } = analysis;
  const types = [
    analysis.image_type,
    ' Exterior ',
    'INTERIOR',
    'drone',
    '',
    null,
    3,
    ['exterior'],
    'floor_plan',
  ];
  return at % 10 === 9 ? untyped : { ...untyped, image_type: types[at % 10] };
}

export function foreign(analysis: Analysis, at: number): Analysis {
  return also(analysis, [NOT_ASCII[at % NOT_ASCII.length] ?? '']);
}

export function lengthy(analysis: Analysis): Analysis {
  return also(analysis, [VERY_LONG]);
}

export function withLaterKeys(analysis: Analysis): Analysis {
  return { ...analysis, roof_age_years: 12, schema: { version: 3 }, rooms: ['kitchen', 'den'] };
}

export function singleTexts(analysis: Analysis): Analysis {
  return { ...analysis, visual_features: 'Natural light', materials: 'brick' };
}

export function wronglyTyped(analysis: Analysis): Analysis {
  return {
    ...analysis,
    features: [7, { name: 'deck' }, null, ['patio'], ...listOf(analysis.features)],
    architecture_style: ['ranch'],
    exterior_color: 7,
    visual_features: { mood: 'bright' },
    confidence: { level: 'high' },
  };
}

export function onlyNothing(analysis: Analysis): Analysis {
  const words = { architecture_style: 'Unknown', exterior_color: 'N/A', materials: ['None', 'other'] };
  return { ...analysis, ...words, visual_features: ['null', ' ', 'NONE'] };
}

export const EARLIER = 'cozy den, written by hand';

const NOT_ASCII = [
  'jardín con fuentes',
  'crème walls',
  'Straße view',
  '日本庭園',
  'wide\u00a0plank floors',
  'café corner ☕',
];
/** A model that repeats itself: longer than the longest term that a keyword field can index. */
const VERY_LONG = `custom built in shelves ${'with more shelves '.repeat(2_000)}to the ceiling`;

function also(analysis: Analysis, more: string[]): Analysis {
  return { ...analysis, features: [...more, ...listOf(analysis.features)] };
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
