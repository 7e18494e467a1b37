import type { Sharp } from 'sharp';
import { dice } from './random.ts';

/** How a photo is stored, as people's photos differ. */
export interface Storage {
  /** Of the upright picture, in pixels. */
  width: number;
  height: number;
  encoding: 'jpeg' | 'cmyk' | 'png' | 'webp';
  /** EXIF orientation: 1 upright, 3 upside down, 6 and 8 on its side. */
  orientation: 1 | 3 | 6 | 8;
  /** True when EXIF says where it was taken. */
  gps: boolean;
  extension: 'jpg' | 'png' | 'webp';
}

/** Wider photos are drawn in this width and enlarged: drawing costs time and memory by the pixel. */
export const LARGEST_DRAWN = 1_000;

/** The photo as a file: turned as its orientation says, and encoded. */
export function stored(picture: Sharp, storage: Storage, number: number): Sharp {
  return encoded(laid(picture, storage), storage, number);
}

/** Turned so that a viewer which follows the orientation shows it upright, and in its full size. */
function laid(picture: Sharp, { width, height, orientation }: Storage): Sharp {
  const turned = orientation === 1 ? picture : picture.rotate({ 3: 180, 6: 270, 8: 90 }[orientation]);
  const lying = orientation === 6 || orientation === 8;
  return width <= LARGEST_DRAWN ? turned : turned.resize(lying ? height : width, lying ? width : height);
}

function encoded(picture: Sharp, { encoding, orientation, gps }: Storage, number: number): Sharp {
  if (encoding === 'png') return picture.png({ compressionLevel: 4 });
  if (encoding === 'webp') return picture.webp({ quality: 84, effort: 2 });
  if (encoding === 'cmyk') return picture.toColourspace('cmyk').jpeg({ quality: 80 });
  const described = gps ? picture.withExif({ IFD0: { Make: 'Sample' }, IFD3: placeTaken(number) }) : picture;
  const marked = orientation === 1 ? described : described.withMetadata({ orientation });
  return marked.jpeg({ quality: 82 });
}

function placeTaken(number: number): Record<string, string> {
  const choose = dice('place', number);
  return {
    GPSLatitudeRef: 'N',
    GPSLatitude: `${choose.int(33, 47)}/1 ${choose.int(0, 59)}/1 ${choose.int(0, 5999)}/100`,
    GPSLongitudeRef: 'W',
    GPSLongitude: `${choose.int(75, 121)}/1 ${choose.int(0, 59)}/1 ${choose.int(0, 5999)}/100`,
  };
}
