/** What sample homes there are, in the words that vision models use for photos of American homes. */
export const STYLES = [
  'ranch',
  'ranch',
  'colonial',
  'colonial',
  'craftsman',
  'craftsman',
  'traditional',
  'traditional',
  'modern',
  'contemporary',
  'farmhouse',
  'cape cod',
  'victorian',
  'tudor',
  'bungalow',
  'split level',
  'mediterranean',
  'spanish',
] as const;

/** The main material with its usual colors: a color named twice is twice as frequent. */
export const FACADES: readonly { material: string; colors: readonly string[] }[] = [
  {
    material: 'vinyl',
    colors: ['white', 'white', 'white', 'gray', 'beige', 'blue', 'tan', 'yellow', 'green'],
  },
  { material: 'vinyl', colors: ['white', 'gray', 'gray', 'beige', 'blue', 'cream'] },
  { material: 'brick', colors: ['red', 'red', 'brown', 'white', 'tan', 'gray'] },
  { material: 'wood', colors: ['brown', 'gray', 'white', 'black', 'blue', 'green', 'red'] },
  { material: 'stucco', colors: ['beige', 'tan', 'white', 'cream', 'gray'] },
  { material: 'stone', colors: ['gray', 'brown', 'tan', 'beige'] },
  { material: 'fiber cement', colors: ['gray', 'blue', 'white', 'black', 'green', 'cream'] },
];

/** Beside the main one. */
export const TRIM_MATERIALS = [
  'stone',
  'brick',
  'wood',
  'metal',
  'glass',
  'concrete',
  'asphalt shingle',
] as const;

/** A home has one of each group, most of the groups at least. */
export const ROOMS: readonly (readonly string[])[] = [
  [
    'white cabinets',
    'white cabinets',
    'dark wood cabinets',
    'wood cabinets',
    'oak cabinets',
    'gray cabinets',
    'blue cabinets',
    'black cabinets',
    'green cabinets',
  ],
  [
    'granite countertops',
    'granite countertops',
    'quartz countertops',
    'marble countertops',
    'laminate countertops',
    'butcher block countertops',
  ],
  [
    'hardwood floors',
    'hardwood floors',
    'wood floors',
    'dark wood floors',
    'tile floors',
    'laminate floors',
    'beige carpet',
    'gray carpet',
    'brick floors',
  ],
  [
    'white walls',
    'white walls',
    'gray walls',
    'beige walls',
    'blue walls',
    'green walls',
    'yellow walls',
    'exposed brick wall',
    'wood paneling',
    'stone accent wall',
  ],
  ['stainless steel appliances', 'stainless steel appliances', 'black appliances', 'white appliances'],
  [
    'white tile backsplash',
    'subway tile backsplash',
    'stone backsplash',
    'brick backsplash',
    'glass backsplash',
  ],
  [
    'vaulted ceilings',
    'high ceilings',
    'tray ceiling',
    'exposed wood beams',
    'coffered ceiling',
    'wood ceiling',
  ],
  ['modern kitchen', 'galley kitchen', 'open kitchen', 'country kitchen', 'traditional kitchen'],
  ['farmhouse sink', 'undermount sink', 'double sink', 'stainless steel sink'],
  ['pendant lighting', 'recessed lighting', 'chandelier', 'black light fixtures', 'track lighting'],
  ['glass shower', 'double vanity', 'soaking tub', 'white vanity', 'marble bathroom', 'blue tile shower'],
  ['large windows', 'bay window', 'black window frames', 'french doors', 'sliding glass doors', 'barn door'],
  ['crown molding', 'white trim', 'dark wood trim', 'built in shelves'],
];

export const MOODS = [
  'natural light',
  'natural light',
  'open floor plan',
  'neutral decor',
  'high end finishes',
  'spacious layout',
  'cozy atmosphere',
  'contemporary furniture',
  'bright and airy',
  'updated fixtures',
] as const;

/** What a photo from outside shows besides; none of it is an amenity. */
export const OUTSIDE = [
  'gable roof',
  'shingle roof',
  'white trim',
  'black shutters',
  'red front door',
  'blue front door',
  'white columns',
  'stone walkway',
  'brick chimney',
  'wood shutters',
  'green lawn',
  'mature trees',
  'landscaped yard',
  'large windows',
  'dormer windows',
  'dark roof',
] as const;

export const OUTSIDE_MOODS = [
  'curb appeal',
  'well maintained',
  'blue sky',
  'lush greenery',
  'modern look',
] as const;
export const INSIDE_MATERIALS = [
  'granite',
  'wood',
  'tile',
  'stainless steel',
  'marble',
  'brick',
  'glass',
] as const;
