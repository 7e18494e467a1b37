import sharp from 'sharp';

/** Left, top, width and height in pixels of the upright image; it may reach over an edge. */
export type PixelBox = readonly [left: number, top: number, width: number, height: number];

export interface Drawing {
  size: readonly [width: number, height: number];
  /** Of background and birds alike, so of the whole image: 0 to 255. */
  light: number;
  birds: readonly PixelBox[];
  format: 'jpeg' | 'png' | 'webp';
  /** How the pixels lie in the file, by EXIF. */
  orientation: 1 | 3 | 6 | 8;
}

/** Which way the upright image is turned in the file. */
const TURNED = { 1: 0, 3: 180, 6: 270, 8: 90 } as const;

/** The bytes of an image file. */
export async function drawn({ size, light, birds, format, orientation }: Drawing): Promise<Buffer> {
  const [width, height] = size;
  const grey = `rgb(${light},${light},${light})`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <rect width="100%" height="100%" fill="${grey}"/>${birds.map((box) => bird(box, light)).join('')}</svg>`;
  const upright = await sharp(Buffer.from(svg), { limitInputPixels: false }).flatten().png().toBuffer();
  return sharp(upright).rotate(TURNED[orientation]).withMetadata({ orientation })[format]().toBuffer();
}

/** Touches all four sides of its box: beak, crown, tail and feet. */
function bird([left, top, width, height]: PixelBox, light: number): string {
  const outline =
    'M0 .3 L.12 .22 Q.15 0 .3 0 Q.42 .02 .45 .2 Q.7 .25 .8 .45 L1 .6 L.82 .62 Q.7 .82 .55 .85 L.55 1 L.5 1 L.48 .86 Q.2 .8 .14 .4 Z';
  return `<path d="${outline}" fill="${tinted(light)}" transform="translate(${left} ${top}) scale(${width} ${height})"/>`;
}

/** As bright as the grey of this light: more red and less blue, in the ratio that Rec. 709 weighs them. */
function tinted(light: number): string {
  const strength = Math.min((255 - light) / 0.0722, light / 0.2126);
  const [red, blue] = [light + 0.0722 * strength, light - 0.2126 * strength];
  return `rgb(${red},${light},${blue})`;
}
