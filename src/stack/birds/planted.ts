import type { Plant } from '../sample/planted.ts';
import { birdStorageOf, drawBirdPhoto } from './photo.ts';

/** Bird photos unlike the others, in the order in which they are planted. */
export const BIRD_PLANTS: readonly Plant[] = [
  { name: 'missing-file', failure: 'image-not-found', extension: 'jpg', make: null },
  {
    name: 'truncated',
    failure: 'image-undecodable',
    extension: 'jpg',
    make: async (number) => {
      const usual = { encoding: 'jpeg', orientation: 1, gps: false, extension: 'jpg' } as const;
      const whole = await drawBirdPhoto(number, { ...birdStorageOf(number), ...usual });
      return whole.subarray(0, Math.floor(whole.length * 0.4));
    },
  },
  {
    name: 'html-page',
    failure: 'image-undecodable',
    extension: 'jpg',
    make: async () => Buffer.from('<!doctype html><title>Sign in</title><p>This photo is private.</p>\n'),
  },
];
