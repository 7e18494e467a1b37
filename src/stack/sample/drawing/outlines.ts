import type { Body } from '../catalogue.ts';
import { type Area, type Canvas, pathIn } from './canvas.ts';

/** Outlines as fractions of the car's box, front to the left. */
export function bodyPath({ shot }: Canvas, car: Area): string {
  if (shot.angle === 'side') return pathIn(car, SIDES[shot.look.body].outline);
  const tall = TALL[shot.look.body];
  if (shot.angle.endsWith('quarter')) {
    return pathIn(
      car,
      `M0 .78L.01 .5Q.03 .44 .08 .42L.2 ${tall + 0.08}Q.23 ${tall} .32 ${tall}L.66 ${tall + 0.02}Q.74 ${tall + 0.03} .82 .36L.97 .42Q1 .44 1 .54L.99 .76L.46 .9L.06 .86Q0 .86 0 .78z`,
    );
  }
  return pathIn(
    car,
    `M.02 .8L.02 .5Q.03 .42 .1 .4L.17 .38L.25 ${tall + 0.05}Q.27 ${tall} .34 ${tall}L.66 ${tall}Q.73 ${tall} .75 ${tall + 0.05}L.83 .38L.9 .4Q.97 .42 .98 .5L.98 .8Q.98 .86 .92 .86L.08 .86Q.02 .86 .02 .8z`,
  );
}

/** Where the roof is, from the top of the box. */
export const TALL: Record<Body, number> = { coupe: 0.1, sedan: 0.06, pickup: 0.01, suv: 0, wagon: 0.04 };

export const SIDES: Record<Body, { outline: string; glass: string[] }> = {
  coupe: {
    outline:
      'M0 .8L0 .6Q.01 .5 .08 .47L.33 .4L.46 .1Q.49 .05 .55 .05L.66 .07Q.75 .1 .86 .38L.97 .41Q1 .43 1 .53L1 .78Q.99 .86 .95 .87L.05 .87Q0 .87 0 .8z',
    glass: ['M.38 .39L.48 .14L.58 .11L.58 .39z', 'M.6 .39L.6 .11L.66 .12L.78 .38z'],
  },
  sedan: {
    outline:
      'M0 .8L0 .58Q.01 .49 .07 .46L.3 .41L.41 .1Q.43 .04 .49 .04L.64 .05Q.69 .06 .71 .1L.79 .39L.98 .42Q1 .44 1 .53L1 .78Q.99 .86 .95 .87L.05 .87Q0 .87 0 .8z',
    glass: ['M.34 .4L.43 .13L.53 .11L.53 .4z', 'M.55 .4L.55 .11L.66 .13L.73 .39z'],
  },
  pickup: {
    outline:
      'M0 .8L0 .52Q0 .44 .05 .43L.27 .4L.34 .08Q.36 .03 .4 .03L.53 .03Q.56 .04 .565 .1L.575 .4L.99 .4Q1 .4 1 .46L1 .8Q1 .86 .96 .86L.04 .86Q0 .86 0 .8z',
    glass: ['M.31 .39L.37 .12L.54 .11L.55 .39z'],
  },
  suv: {
    outline:
      'M0 .8L0 .5Q0 .42 .05 .41L.25 .38L.32 .06Q.34 .01 .39 .01L.93 .02Q.97 .03 .98 .1L1 .45L1 .8Q1 .86 .96 .86L.04 .86Q0 .86 0 .8z',
    glass: [
      'M.29 .37L.35 .1L.46 .09L.46 .37z',
      'M.49 .37L.49 .09L.68 .09L.68 .37z',
      'M.71 .37L.71 .09L.93 .1L.95 .37z',
    ],
  },
  wagon: {
    outline:
      'M0 .8L0 .56Q.01 .48 .07 .45L.29 .41L.39 .1Q.41 .05 .47 .05L.9 .07Q.94 .08 .96 .16L.99 .44L1 .78Q.99 .86 .95 .87L.05 .87Q0 .87 0 .8z',
    glass: [
      'M.33 .4L.41 .14L.52 .12L.52 .4z',
      'M.54 .4L.54 .12L.7 .12L.7 .4z',
      'M.72 .4L.72 .12L.9 .14L.93 .4z',
    ],
  },
};
