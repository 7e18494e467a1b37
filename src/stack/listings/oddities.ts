import type { ListingDocument } from './document.ts';
import {
  EARLIER,
  everyAnalysis,
  foreign,
  held,
  lengthy,
  nulls,
  oneKind,
  onlyNothing,
  repeated,
  retyped,
  shouted,
  singleTexts,
  withLaterKeys,
  wronglyTyped,
} from './odd-photos.ts';
import type { PlannedPhoto } from './photos.ts';

/** What makes a listing unlike the others. */
export interface Oddity {
  kind: string;
  /** Number of listings; one unless given. */
  times?: number;
  /** Number of images; as usual unless given. */
  images?: number;
  /** The listing has nothing in the cache. */
  uncached?: boolean;
  /** Another listing shows an image of this one. */
  sharesImage?: boolean;
  photos?(photos: PlannedPhoto[]): PlannedPhoto[];
  document?(document: ListingDocument): ListingDocument;
}

/** In the order in which they are planted: a small sample has the first of them only. */
export const ODDITIES: readonly Oddity[] = [
  { kind: 'null-fields', times: 2, photos: everyAnalysis(2, nulls) },
  { kind: 'mixed-case-and-underscores', times: 2, photos: everyAnalysis(2, shouted) },
  { kind: 'duplicate-features', times: 2, photos: everyAnalysis(2, repeated) },
  {
    kind: 'duplicate-image-urls',
    times: 2,
    photos: (photos) => photos.map((photo, at) => (at % 5 === 4 ? (photos[at - 4] ?? photo) : photo)),
  },
  { kind: 'unknown-image-types', times: 2, photos: everyAnalysis(1, retyped) },
  { kind: 'no-images', images: 0 },
  {
    kind: 'analysis-not-json',
    photos: held(3, (analysis) => `Here is the analysis: ${JSON.stringify(analysis)}`),
  },
  { kind: 'analysis-cut-off', photos: held(3, (analysis) => JSON.stringify(analysis).slice(0, 40)) },
  { kind: 'analysis-is-a-list', photos: held(4, (analysis) => [analysis]) },
  { kind: 'analysis-is-a-list-in-json', photos: held(4, (analysis) => JSON.stringify(analysis.features)) },
  { kind: 'nothing-cached', uncached: true },
  { kind: 'no-image-vectors', images: 0, document: ({ image_vectors: _, ...document }) => document },
  { kind: 'only-interior', photos: oneKind('interior') },
  { kind: 'only-exterior', photos: oneKind('exterior') },
  { kind: 'many-images', images: 400 },
  { kind: 'not-ascii', times: 2, photos: everyAnalysis(1, foreign) },
  { kind: 'very-long-feature', photos: everyAnalysis(2, lengthy) },
  { kind: 'earlier-field', document: (document) => ({ ...document, interior_visual_features: EARLIER }) },
  { kind: 'shared-image-url', sharesImage: true },
  {
    kind: 'unknown-keys',
    photos: everyAnalysis(1, withLaterKeys),
    document: (document) => ({ ...document, hoa: { fee: 120, per: 'month' } }),
  },
  { kind: 'text-for-list', photos: everyAnalysis(2, singleTexts) },
  { kind: 'wrong-types', photos: everyAnalysis(3, wronglyTyped) },
  { kind: 'words-for-nothing', photos: everyAnalysis(3, onlyNothing) },
];
