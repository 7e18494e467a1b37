import { type Area, ellipse, pathIn, rect, shade, times } from '../../sample/drawing/canvas.ts';
import type { Form, Setting } from '../species.ts';
import type { BirdCanvas } from './backdrop.ts';

const BARK = '#5a4331';
const WOOD = '#8a5f3a';

/** How far down its area a bird has its feet. */
const FEET: Record<Form, number> = { songbird: 0.985, wader: 1, duck: 0.86, raptor: 0.86, flying: 1 };

/** What a bird in this area sits on, or what is around it in the water. Drawn before the bird. */
export function perch(canvas: BirdCanvas, setting: Setting, form: Form, area: Area): string {
  const { choose, width } = canvas;
  const feet = area.y + FEET[form] * area.h;
  if (form === 'flying') return '';
  if (setting === 'water') {
    return times(3, (index) =>
      ellipse(
        area.x + area.w * 0.5,
        feet,
        area.w * (0.5 + 0.15 * index),
        area.h * 0.03 * (index + 1),
        '#e6f0f2',
        'opacity=".2"',
      ),
    ).join('');
  }
  if (setting === 'feeder') return table(canvas, area, feet);
  const thick = Math.max(8, area.h * 0.06);
  const branch = { x: -10, y: feet, w: width + 20, h: thick };
  const slope = choose.real(-1.5, 1.5);
  return `<path d="${pathIn(branch, `M0 ${slope} C.3 0 .6 0 1 ${-slope} L1 ${1 - slope} C.6 1 .3 1 0 ${1.4 + slope} Z`)}" fill="${BARK}"/>`;
}

/** What is there where no bird is. */
export function deserted(canvas: BirdCanvas, setting: Setting): string {
  const { width, height } = canvas;
  const middle = { x: width * 0.3, y: height * 0.35, w: width * 0.4, h: height * 0.35 };
  return setting === 'feeder' ? table(canvas, middle, height * 0.7) : '';
}

/** A tray with a roof and a post. */
function table({ height }: BirdCanvas, area: Area, feet: number): string {
  const [left, wide] = [area.x - area.w * 0.15, area.w * 1.3];
  const tray = { x: left, y: feet, w: wide, h: Math.max(10, area.h * 0.08) };
  const roof = { x: left - wide * 0.06, y: area.y - area.h * 0.45, w: wide * 1.12, h: area.h * 0.3 };
  const post = { x: left + wide * 0.47, y: feet, w: wide * 0.06, h: height - feet };
  const eaves = roof.y + roof.h;
  const side = (x: number) => rect({ x, y: eaves, w: wide * 0.025, h: feet - eaves }, shade(WOOD, -0.25));
  return [
    rect(post, shade(WOOD, -0.35)),
    side(left),
    side(left + wide * 0.975),
    `<path d="${pathIn(roof, 'M0 1 L.5 0 L1 1 Z')}" fill="${shade(WOOD, -0.1)}"/>`,
    rect(tray, WOOD, 3),
  ].join('');
}

/** Covers so much of the area's width, from the picture's top to its bottom: reeds in water, a trunk elsewhere. */
export function inFront(
  { height, choose }: BirdCanvas,
  setting: Setting,
  { x, w }: Area,
  hidden: number,
): string {
  if (hidden === 0) return '';
  const band = {
    x: x + w * choose.real(0.15, Math.max(0.15, 0.9 - hidden), 3),
    y: -5,
    w: w * hidden,
    h: height + 10,
  };
  const color = setting === 'water' ? '#4f6b38' : BARK;
  const strokes = times(Math.ceil(hidden * 12), () =>
    rect(
      { ...band, x: band.x + choose.next() * band.w * 0.9, w: band.w * 0.05 },
      shade(color, choose.real(-0.3, 0.25, 2)),
    ),
  );
  return rect(band, color) + strokes.join('');
}
