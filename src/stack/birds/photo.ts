import sharp from 'sharp';
import { type Area, rect } from '../sample/drawing/canvas.ts';
import { dice } from '../sample/random.ts';
import { type Storage, stored } from '../sample/storage.ts';
import { stripSvg } from '../sample/strip.ts';
import { type BirdCanvas, backdrop } from './drawing/backdrop.ts';
import { bird } from './drawing/bird.ts';
import { deserted, inFront, perch } from './drawing/perch.ts';
import type { PlacedBird } from './placing.ts';
import { type BirdShot, birdShotOf } from './shot.ts';

/** Changes whenever the same number gives another file. */
export const BIRD_PHOTO_VERSION = 1;

/** Pure and stable. About one in eleven is turned, one in six has a place, one in thirty is no JPEG. */
export function birdStorageOf(number: number): Storage {
  const choose = dice('bird-storage', number);
  const { width, height } = birdShotOf(number);
  const kind = choose.next();
  const encoding = kind < 0.015 ? 'png' : kind < 0.035 ? 'webp' : 'jpeg';
  const turned = encoding === 'jpeg' && choose.chance(0.09);
  return {
    width,
    height,
    encoding,
    orientation: turned ? choose.pick([3, 6, 8] as const) : 1,
    gps: encoding === 'jpeg' && choose.chance(0.16),
    extension: encoding === 'jpeg' ? 'jpg' : encoding,
  };
}

/** The file of a photo: what the truth says is to be seen, with its number in the strip. */
export async function drawBirdPhoto(number: number, storage = birdStorageOf(number)): Promise<Buffer> {
  const picture = sharp(Buffer.from(birdPictureSvg(birdShotOf(number)))).removeAlpha();
  return stored(picture, storage, number).toBuffer();
}

const UNITS_HIGH = 900;

function birdPictureSvg({ number, width, height, species, setting, light, birds }: BirdShot): string {
  const units = { width: Math.round((UNITS_HIGH * width) / height), height: UNITS_HIGH };
  const canvas: BirdCanvas = { ...units, choose: dice('bird-drawing', number) };
  const placed = birds.map((one) => ({ ...one, area: areaOf(one, canvas) }));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${units.width} ${units.height}" preserveAspectRatio="none">`,
    backdrop(canvas, setting),
    birds.length === 0 ? deserted(canvas, setting) : '',
    ...placed.map(({ area }) => perch(canvas, setting, species.form, area)),
    ...placed.map(({ area, mirrored }) => facing(mirrored, area, bird(species, area))),
    ...placed.map(({ area, hidden }) => inFront(canvas, setting, area, hidden)),
    VEILS[light](canvas),
    stripSvg(number, units.width),
    '</svg>',
  ].join('');
}

function areaOf({ place }: PlacedBird, { width, height }: BirdCanvas): Area {
  return {
    x: place.left * width,
    y: place.top * height,
    w: place.width * width,
    h: place.height * height,
  };
}

function facing(mirrored: boolean, { x, w }: Area, content: string): string {
  return mirrored ? `<g transform="translate(${2 * x + w} 0) scale(-1 1)">${content}</g>` : content;
}

/** Over the whole picture: it must not depend on what is drawn how dark or light it is. */
const VEILS: Record<BirdShot['light'], (canvas: BirdCanvas) => string> = {
  dark: ({ width, height }) => rect({ x: 0, y: 0, w: width, h: height }, '#05070c', 0, 'opacity=".87"'),
  usual: () => '',
  bright: ({ width, height }) => rect({ x: 0, y: 0, w: width, h: height }, '#fffefa', 0, 'opacity=".84"'),
};
