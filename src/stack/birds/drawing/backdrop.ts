import type { Area } from '../../sample/drawing/canvas.ts';
import { ellipse, gradient, rect, times } from '../../sample/drawing/canvas.ts';
import type { Dice } from '../../sample/random.ts';
import type { Setting } from '../species.ts';

/** What every drawing works on: the picture is `width` × `height` units, `choose` is its own. */
export interface BirdCanvas {
  width: number;
  height: number;
  choose: Dice;
}

/** Behind the birds. */
export function backdrop(canvas: BirdCanvas, setting: Setting): string {
  return BACKDROPS[setting](canvas);
}

const BACKDROPS: Record<Setting, (canvas: BirdCanvas) => string> = { foliage, feeder, sky, water };

function foliage(canvas: BirdCanvas): string {
  const [light, dark, leaves] = canvas.choose.pick(SEASONS);
  return ground(canvas, [light, dark]) + dabs(canvas, leaves, 70);
}

const SEASONS: readonly [light: string, dark: string, leaves: string[]][] = [
  ['#6f9360', '#34552f', ['#3f6b35', '#5b8a3f', '#86ad57', '#2e5230', '#a9c46f']],
  ['#8fae74', '#4c7443', ['#5b8a3f', '#86ad57', '#a9c46f', '#c6d68a', '#4c7443']],
  ['#b59a5c', '#5f5634', ['#b98b3a', '#8f8a4a', '#6d6a3c', '#cda85a', '#7d5f35']],
];

function feeder(canvas: BirdCanvas): string {
  const garden = ['#9dbb78', '#b7c99a', '#7fa063', '#c9c7a5'];
  return ground(canvas, ['#b9c8ae', '#94ad78', '#6d8a55']) + dabs(canvas, garden, 40);
}

function sky(canvas: BirdCanvas): string {
  const { width, height, choose } = canvas;
  const colors = choose.pick([
    ['#5d8fc4', '#86aed6', '#b5cee3'],
    ['#7f93a8', '#9dadbd', '#b9c3cc'],
    ['#4f6f9c', '#b08a86', '#d8a777'],
  ]);
  const clouds = times(choose.int(3, 7), () => {
    const [x, y] = [choose.next() * width, choose.real(0.1, 0.7, 3) * height];
    return times(4, (index) =>
      ellipse(
        x + index * 55,
        y + choose.int(-18, 18),
        choose.int(60, 130),
        choose.int(18, 40),
        '#fff',
        'opacity=".22"',
      ),
    ).join('');
  });
  return ground(canvas, colors) + clouds.join('');
}

function water(canvas: BirdCanvas): string {
  const { width, height, choose } = canvas;
  const shore = choose.real(0.08, 0.18, 3) * height;
  const bank = rect({ x: 0, y: shore - 60, w: width, h: 64 }, '#55704a');
  const ripples = times(46, () => {
    const y = shore + 10 + choose.next() * (height - shore);
    return ellipse(
      choose.next() * width,
      y,
      choose.int(30, 150),
      2 + (3 * y) / height,
      '#cfe0e6',
      'opacity=".28"',
    );
  });
  return [
    ground(
      canvas,
      choose.pick([
        ['#8fb0c4', '#5f8a9e', '#3d6478'],
        ['#a7b3ad', '#6f8a83', '#4b655f'],
      ]),
    ),
    bank,
    dabs(canvas, ['#4b6641', '#65804f'], 14, { x: 0, y: shore - 80, w: width, h: 70 }),
    ...ripples,
  ].join('');
}

function ground({ width, height }: BirdCanvas, colors: string[]): string {
  return `<defs>${gradient('ground', colors)}</defs>${rect({ x: 0, y: 0, w: width, h: height }, 'url(#ground)')}`;
}

/** Leaves out of focus. */
function dabs({ width, height, choose }: BirdCanvas, colors: string[], count: number, area?: Area): string {
  const { x, y, w, h } = area ?? { x: 0, y: 0, w: width, h: height };
  return times(count, () => {
    const radius = choose.int(14, 75);
    const place = [x + choose.next() * w, y + choose.next() * h] as const;
    return ellipse(...place, radius, radius * choose.real(0.6, 1), choose.pick(colors), 'opacity=".4"');
  }).join('');
}
