import sharp from 'sharp';
import { badge } from './drawing/badge.ts';
import { type Canvas, rect } from './drawing/canvas.ts';
import { document } from './drawing/document.ts';
import { engine } from './drawing/engine.ts';
import { exterior } from './drawing/exterior.ts';
import { interior } from './drawing/interior.ts';
import { undercarriage } from './drawing/undercarriage.ts';
import { grained } from './grain.ts';
import type { Scene } from './places.ts';
import { dice } from './random.ts';
import { shotOf } from './shot.ts';
import { LARGEST_DRAWN, type Storage, stored } from './storage.ts';
import { stripSvg } from './strip.ts';

// No picture is drawn twice: what libvips keeps for a second time is only memory.
sharp.cache(false);

/** Changes whenever the same number gives another file. */
export const PHOTO_VERSION = 1;

/** Pure and stable. About one in ten is turned, one in six has a place, one in forty is no usual JPEG. */
export function storageOf(number: number): Storage {
  const choose = dice('storage', number);
  const { aspect } = shotOf(number);
  const width = choose.chance(0.006) ? 3000 : choose.pick([768, 800, 800, 864, 960]);
  const kind = choose.next();
  const encoding = kind < 0.008 ? 'cmyk' : kind < 0.016 ? 'png' : kind < 0.026 ? 'webp' : 'jpeg';
  const turned = encoding === 'jpeg' && choose.chance(0.1);
  return {
    width,
    height: Math.round(width / aspect),
    encoding,
    orientation: turned ? choose.pick([3, 6, 8] as const) : 1,
    gps: encoding === 'jpeg' && choose.chance(0.16),
    extension: encoding === 'png' || encoding === 'webp' ? encoding : 'jpg',
  };
}

/** The file of a photo: what {@link truthOf} says is to be seen, with its number in the strip. */
export async function drawPhoto(number: number, storage: Storage = storageOf(number)): Promise<Buffer> {
  const drawn = Math.min(storage.width, LARGEST_DRAWN);
  const { data, info } = await sharp(Buffer.from(pictureSvg(number, storage, drawn)))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const picture = sharp(grained(data, number), { raw: { width, height, channels: 3 } });
  return stored(picture, storage, number).toBuffer();
}

const UNITS_HIGH = 900;

const SCENES: Record<Scene, (canvas: Canvas) => string> = {
  exterior,
  interior,
  engine,
  undercarriage,
  document,
};

function pictureSvg(number: number, { width, height }: Storage, drawn: number): string {
  const shot = shotOf(number);
  const units = { width: Math.round((UNITS_HIGH * width) / height), height: UNITS_HIGH };
  const canvas: Canvas = { shot, ...units, choose: dice('drawing', number) };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${drawn}" height="${Math.round((drawn * height) / width)}" viewBox="0 0 ${units.width} ${units.height}" preserveAspectRatio="none">`,
    '<defs><radialGradient id="vignette" r=".75"><stop offset=".55" stop-opacity="0"/><stop offset="1" stop-opacity=".42"/></radialGradient></defs>',
    shot.angle === 'badge' ? badge(canvas) : SCENES[shot.scene](canvas),
    rect({ x: 0, y: 0, w: units.width, h: units.height }, 'url(#vignette)'),
    stripSvg(number, units.width),
    '</svg>',
  ].join('');
}
