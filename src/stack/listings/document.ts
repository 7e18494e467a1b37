import type { Dice } from '../sample/random.ts';
import type { Home } from './home.ts';
import type { PlannedPhoto } from './photos.ts';
import { uploaderText } from './uploader-text.ts';

export interface ListingDocument {
  zpid: string;
  /** Missing where nobody said anything about the photos. */
  visual_features_text?: string;
  image_vectors?: ImageVector[];
  [field: string]: unknown;
}

export interface ImageVector {
  image_url: string;
  image_type: string;
  vector: number[];
}

interface Known {
  zpid: string;
  home: Home;
  photos: readonly PlannedPhoto[];
  choose: Dice;
  vectorSize: number;
}

/** A prime, so that each number below it has an id of its own, in no order; 7 to 9 digits with the first one. */
const IDS = 99_999_989;
const FIRST_ID = 2_000_000;

export function zpidOf({ seed }: { seed: number }, number: number): string {
  return String(FIRST_ID + ((number * 61_803_399 + seed * 7_919 + 20_202_020) % IDS));
}

export function imageUrl(zpid: string, at: number): string {
  return `https://photos.hearth.example/${zpid}-${at + 1}.jpg`;
}

/** As the uploader stored it: what the photos show is in one text, and no analysis is kept. */
export function documentOf({ zpid, home, photos, choose, vectorSize }: Known): ListingDocument {
  const [city, state] = choose.pick(CITIES);
  const bedrooms = choose.int(1, 6);
  const text = uploaderText(photos.map(({ analysis }) => analysis));
  return {
    zpid,
    address: `${choose.int(10, 9_999)} ${choose.pick(STREETS)}`,
    city,
    state,
    price: choose.int(90, 1_900) * 1_000 - choose.pick([0, 0, 100, 500]),
    bedrooms,
    bathrooms: choose.int(2, bedrooms * 2 + 1) / 2,
    description: `${choose.pick(OPENINGS)} ${bedrooms} bedroom ${home.style} home in ${city}. ${choose.pick(CLOSINGS)}`,
    ...(text === null ? {} : { visual_features_text: text }),
    image_vectors: photos.map(({ url, analysis }) => ({
      image_url: url,
      image_type: typeof analysis.image_type === 'string' ? analysis.image_type : 'unknown',
      vector: Array.from({ length: vectorSize }, () => choose.int(-1_000, 1_000) / 1_000),
    })),
    updated_at: new Date(
      Date.UTC(2025, choose.int(0, 8), choose.int(1, 28), choose.int(0, 23)),
    ).toISOString(),
  };
}

const CITIES = [
  ['Salt Lake City', 'UT'],
  ['Provo', 'UT'],
  ['Ogden', 'UT'],
  ['Boise', 'ID'],
  ['Denver', 'CO'],
  ['Columbus', 'OH'],
  ['Raleigh', 'NC'],
  ['Cañon City', 'CO'],
] as const;
const STREETS = [
  'Maple Ave',
  'W Temple St',
  'Canyon Rd',
  'Elm Ct',
  'S 900 E',
  "O'Brien Ln",
  'Lakeview Dr',
  'Oak Hill Way',
];
const OPENINGS = ['Charming', 'Spacious', 'Beautifully updated', 'Move-in ready', 'Rare'];
const CLOSINGS = ['Close to parks and schools.', 'Do not miss it!', 'New roof in 2021.', 'Motivated seller.'];
