import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type QualityCategory, scoreImage } from '../../../src/domain/image-quality/quality.ts';
import { createVision } from '../../../src/vision/create.ts';
import { type Drawing, drawn } from './drawing.ts';

/**
 * Images that are really drawn, and really read and measured. The points were worked out on paper from the definitions:
 * bird size (25 %), positioning (20 %), resolution (20 %), contrast (15 %), primary subject (20 %).
 */
interface Expected extends Partial<Drawing> {
  name: string;
  points: readonly [size: number, positioning: number, resolution: number, contrast: number, subject: number];
  score: number;
  category: QualityCategory;
  /** Of every bird, as a detector would tell. */
  confidence?: number;
  visible?: number;
}

/** A quarter of 800 × 600. */
const QUARTER = [200, 150, 400, 300] as const;
const USUAL = { size: [800, 600], light: 128, birds: [QUARTER], format: 'jpeg', orientation: 1 } as const;

// biome-ignore format: a table
const IMAGES: Expected[] = [
  // 120,000 of 480,000 pixels are 25 %.
  { name: 'a bird in the middle', points: [100, 100, 100, 100, 100], score: 100, category: 'high' },
  { name: 'as PNG', format: 'png', points: [100, 100, 100, 100, 100], score: 100, category: 'high' },
  { name: 'as WebP', format: 'webp', points: [100, 100, 100, 100, 100], score: 100, category: 'high' },

  // Size. 300 × 240 = 72,000 are 15 %; below, points are share / 15 %; above 80 %, (100 % - share) / 20 %.
  { name: 'just large enough', birds: [[200, 150, 300, 240]], points: [100, 100, 100, 100, 100], score: 100, category: 'high' },
  { name: 'just small enough', birds: [[16, 50, 768, 500]], points: [100, 100, 100, 100, 100], score: 100, category: 'high' },
  { name: 'with 12 % of the area', birds: [[300, 200, 240, 240]], points: [80, 100, 100, 100, 100], score: 95, category: 'high' },
  { name: 'with 9 %', birds: [[300, 200, 240, 180]], points: [60, 100, 100, 100, 100], score: 90, category: 'high' },
  { name: 'with 6 %', birds: [[300, 200, 160, 180]], points: [40, 100, 100, 100, 100], score: 85, category: 'high' },
  { name: 'with 3 %', birds: [[300, 200, 120, 120]], points: [20, 100, 100, 100, 100], score: 80, category: 'high' },
  { name: 'with 1.5 % (77.5)', birds: [[300, 200, 90, 80]], points: [10, 100, 100, 100, 100], score: 78, category: 'medium' },
  { name: 'far away', birds: [[300, 200, 40, 36]], points: [2, 100, 100, 100, 100], score: 76, category: 'medium' },
  { name: 'with 90 % (87.5)', birds: [[25, 12, 750, 576]], points: [50, 100, 100, 100, 100], score: 88, category: 'high' },
  { name: 'with 96.04 % (79.95)', size: [1000, 1000], birds: [[10, 10, 980, 980]], points: [19.8, 100, 100, 100, 100], score: 80, category: 'high' },
  { name: 'filling the frame', birds: [[0, 0, 800, 600]], points: [0, 0, 100, 100, 100], score: 55, category: 'low' },

  // Positioning. Contact with one edge is 50, with two 20, with three 0; it begins at 0.5 %: 4 of 800, 3 of 600 pixels.
  { name: 'cut by the left edge', birds: [[0, 150, 400, 300]], points: [100, 50, 100, 100, 100], score: 90, category: 'high' },
  { name: 'cut by the right edge', birds: [[400, 150, 400, 300]], points: [100, 50, 100, 100, 100], score: 90, category: 'high' },
  { name: 'cut by the top edge', birds: [[200, 0, 400, 300]], points: [100, 50, 100, 100, 100], score: 90, category: 'high' },
  { name: 'cut by the bottom edge', birds: [[200, 300, 400, 300]], points: [100, 50, 100, 100, 100], score: 90, category: 'high' },
  { name: 'half outside of the left edge', birds: [[-200, 150, 400, 300]], points: [83.3, 50, 100, 100, 100], score: 86, category: 'high' },
  { name: 'in a corner', birds: [[0, 0, 400, 300]], points: [100, 20, 100, 100, 100], score: 84, category: 'high' },
  { name: 'from edge to edge', birds: [[0, 200, 800, 200]], points: [100, 20, 100, 100, 100], score: 84, category: 'high' },
  { name: 'cut by three edges', birds: [[0, 0, 800, 300]], points: [100, 0, 100, 100, 100], score: 80, category: 'high' },
  { name: 'small, and cut (66.7)', birds: [[0, 280, 80, 60]], points: [6.7, 50, 100, 100, 100], score: 67, category: 'medium' },
  { name: '4 pixels from the left edge', birds: [[4, 150, 400, 300]], points: [100, 100, 100, 100, 100], score: 100, category: 'high' },
  { name: '3 pixels from the bottom edge', birds: [[200, 297, 400, 300]], points: [100, 100, 100, 100, 100], score: 100, category: 'high' },
  { name: '2 pixels from the left edge', birds: [[2, 150, 400, 300]], points: [100, 75, 100, 100, 100], score: 95, category: 'high' },
  { name: 'visible by 61 %', visible: 0.61, points: [100, 100, 100, 100, 100], score: 100, category: 'high' },
  { name: 'visible by 30 %', visible: 0.3, points: [100, 50, 100, 100, 100], score: 90, category: 'high' },
  { name: 'visible by 12 %, in a corner', visible: 0.12, birds: [[0, 0, 400, 300]], points: [100, 20, 100, 100, 100], score: 84, category: 'high' },

  // Resolution. Points are pixels / 120,000.
  { name: '400 × 300', size: [400, 300], birds: [[100, 75, 200, 150]], points: [100, 100, 100, 100, 100], score: 100, category: 'high' },
  { name: '399 × 300: 99.75', size: [399, 300], birds: [[100, 75, 200, 150]], points: [100, 100, 99.8, 100, 100], score: 100, category: 'high' },
  { name: '300 × 200', size: [300, 200], birds: [[75, 50, 150, 100]], points: [100, 100, 50, 100, 100], score: 90, category: 'high' },
  { name: '120 × 100', size: [120, 100], birds: [[30, 25, 60, 50]], points: [100, 100, 10, 100, 100], score: 82, category: 'high' },
  { name: '40 × 30', size: [40, 30], birds: [[10, 5, 20, 15]], points: [100, 100, 1, 100, 100], score: 80, category: 'high' },
  { name: '16 × 16', size: [16, 16], birds: [[4, 4, 8, 8]], points: [100, 100, 0.2, 100, 100], score: 80, category: 'high' },
  { name: '2000 × 60', size: [2000, 60], birds: [[500, 15, 1000, 30]], points: [100, 100, 100, 100, 100], score: 100, category: 'high' },
  { name: '60 × 2000', size: [60, 2000], birds: [[15, 500, 30, 1000]], points: [100, 100, 100, 100, 100], score: 100, category: 'high' },
  { name: '5000 × 4000', size: [5000, 4000], birds: [[1250, 1000, 2500, 2000]], points: [100, 100, 100, 100, 100], score: 100, category: 'high' },

  // Contrast. Below 40 points are brightness / 40, above 220 (255 - brightness) / 35.
  { name: 'black', light: 0, points: [100, 100, 100, 0, 100], score: 85, category: 'high' },
  { name: 'very dark', light: 10, points: [100, 100, 100, 25, 100], score: 89, category: 'high' },
  { name: 'dark', light: 20, points: [100, 100, 100, 50, 100], score: 93, category: 'high' },
  { name: 'a little dark', light: 38, points: [100, 100, 100, 95, 100], score: 99, category: 'high' },
  { name: 'just light enough', light: 42, points: [100, 100, 100, 100, 100], score: 100, category: 'high' },
  { name: 'just dark enough', light: 218, points: [100, 100, 100, 100, 100], score: 100, category: 'high' },
  { name: 'a little light', light: 225, points: [100, 100, 100, 85.7, 100], score: 98, category: 'high' },
  { name: 'light', light: 238, points: [100, 100, 100, 48.6, 100], score: 92, category: 'high' },
  { name: 'very light', light: 250, points: [100, 100, 100, 14.3, 100], score: 87, category: 'high' },
  { name: 'overexposed', light: 255, points: [100, 100, 100, 0, 100], score: 85, category: 'high' },

  // Primary subject. The judged bird's share of the area of all birds, times confidence / 70 below 70.
  { name: 'two birds of one size', birds: [[50, 150, 300, 300], [450, 150, 300, 300]], points: [100, 100, 100, 100, 50], score: 90, category: 'high' },
  { name: 'three birds of one size', birds: [[20, 150, 240, 300], [280, 150, 240, 300], [540, 150, 240, 300]], points: [100, 100, 100, 100, 33.3], score: 87, category: 'high' },
  { name: 'a bird of four times the other', birds: [[640, 100, 120, 400], [100, 100, 480, 400]], points: [100, 100, 100, 100, 80], score: 96, category: 'high' },
  { name: 'a large bird cut off and a small one whole', birds: [[0, 100, 480, 400], [600, 200, 100, 100]], points: [100, 50, 100, 100, 95], score: 89, category: 'high' },
  { name: 'hardly a bird', confidence: 35, points: [100, 100, 100, 100, 50], score: 90, category: 'high' },
  { name: 'probably a bird', confidence: 56, points: [100, 100, 100, 100, 80], score: 96, category: 'high' },
  { name: 'surely a bird', confidence: 70, points: [100, 100, 100, 100, 100], score: 100, category: 'high' },
  { name: 'no bird', birds: [], points: [0, 0, 100, 100, 0], score: 35, category: 'low' },
  { name: 'no bird, small and dark (17.5)', size: [300, 200], light: 20, birds: [], points: [0, 0, 50, 50, 0], score: 18, category: 'low' },

  // Turned by EXIF: 5 of 800 pixels above the bottom edge of the upright image.
  { name: 'turned by a right angle', size: [600, 800], orientation: 6, birds: [[150, 395, 300, 400]], points: [100, 100, 100, 100, 100], score: 100, category: 'high' },
  { name: 'turned the other way', size: [600, 800], orientation: 8, birds: [[150, 395, 300, 400]], points: [100, 100, 100, 100, 100], score: 100, category: 'high' },
  { name: 'turned, and cut by the upright left edge', size: [600, 800], orientation: 6, birds: [[0, 200, 300, 400]], points: [100, 50, 100, 100, 100], score: 90, category: 'high' },
  { name: 'upside down, and cut by the upright top edge', orientation: 3, birds: [[200, 0, 400, 300]], points: [100, 50, 100, 100, 100], score: 90, category: 'high' },

  // Several faults at once.
  { name: 'small, cut, and two of them', birds: [[0, 240, 120, 120], [600, 240, 120, 120]], points: [20, 50, 100, 100, 50], score: 60, category: 'medium' },
  { name: 'smaller, cut, and two of them (57.5)', birds: [[0, 240, 90, 80], [600, 240, 90, 80]], points: [10, 50, 100, 100, 50], score: 58, category: 'low' },
  { name: 'a thumbnail at night (43.2)', size: [200, 150], light: 20, birds: [[0, 0, 40, 30]], points: [26.7, 20, 25, 50, 100], score: 43, category: 'low' },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drawn-'));
});
afterAll(() => rm(folder, { recursive: true }));

test.each(IMAGES)('$name: $score', { timeout: 30_000 }, async (expected) => {
  const { confidence = 95, visible, ...drawing } = { ...USUAL, ...expected };
  await writeFile(join(folder, 'image'), await drawn(drawing));
  const image = await createVision({ images: { baseUrl: pathToFileURL(folder).href } }).load('image');
  const measures = await image.measured();
  const { width, height } = measures;
  expect([width, height]).toEqual(drawing.size);

  const birds = drawing.birds.map(([left, top, wide, high]) => ({
    box: { left: left / width, top: top / height, width: wide / width, height: high / height },
    confidence,
    ...(visible === undefined ? {} : { visible }),
  }));
  const { criteria, score, category } = scoreImage({ ...measures, birds }, { partial: false });

  const [size, positioning, resolution, contrast, subject] = criteria.map(({ points }) => points);
  expect([size, positioning, resolution, subject]).toEqual(expected.points.toSpliced(3, 1));
  // A level of brightness, which an encoder may cost, is 2.9 points at most, and less than half a point of the score.
  const onSlope = expected.points[3] > 0 && expected.points[3] < 100;
  expect(Math.abs((contrast ?? Number.NaN) - expected.points[3])).toBeLessThanOrEqual(onSlope ? 3 : 0);
  expect(Math.abs((score ?? Number.NaN) - expected.score)).toBeLessThanOrEqual(onSlope ? 1 : 0);
  expect(category).toBe(expected.category);
});

test('a bird is drawn where its box says', async () => {
  const { data, info } = await sharp(await drawn({ ...USUAL, format: 'png' }))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const coloured = Array.from({ length: info.width * info.height }, (_, at) => at).filter(
    (at) => (data[at * info.channels] ?? 0) - (data[at * info.channels + 2] ?? 0) > 60,
  );
  const columns = [...new Set(coloured.map((at) => at % info.width))];
  const rows = [...new Set(coloured.map((at) => Math.floor(at / info.width)))];
  const found = [Math.min(...columns), Math.min(...rows), Math.max(...columns) + 1, Math.max(...rows) + 1];
  const [left, top, width, height] = QUARTER;
  // Beak and tail end finer than a pixel.
  for (const [at, wanted] of [left, top, left + width, top + height].entries())
    expect(Math.abs((found[at] ?? Number.NaN) - wanted)).toBeLessThanOrEqual(4);
});
