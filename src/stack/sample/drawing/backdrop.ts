import { type Canvas, ellipse, gradient, rect, shade, times } from './canvas.ts';

/** Where a vehicle stands: sky or wall, and the ground up to the horizon. */
export function backdrop(canvas: Canvas): string {
  return canvas.choose.chance(0.3) ? garage(canvas) : outdoors(canvas);
}

function outdoors(canvas: Canvas): string {
  const { width, height, choose } = canvas;
  const horizon = height * choose.real(0.42, 0.54, 3);
  const sky = choose.pick(SKIES);
  const ground = choose.pick(GROUNDS);
  const hills = choose.pick(['#5d6b58', '#6f7a86', '#8a7a5c', '#46543f']);
  return [
    `<defs>${gradient('sky', sky)}${gradient('ground', [shade(ground, 0.15), ground, shade(ground, -0.35)])}</defs>`,
    rect({ x: 0, y: 0, w: width, h: horizon + 2 }, 'url(#sky)'),
    ...times(choose.int(2, 7), () => cloud(canvas, horizon)),
    ridge(canvas, horizon, 0.16, shade(hills, 0.35)),
    ridge(canvas, horizon, 0.08, hills),
    choose.chance(0.6) ? trees(canvas, horizon) : houses(canvas, horizon),
    rect({ x: 0, y: horizon, w: width, h: height - horizon }, 'url(#ground)'),
    ...times(60, () => pebble(canvas, horizon, ground)),
  ].join('');
}

function cloud({ width, choose }: Canvas, horizon: number): string {
  const x = choose.real(0, width);
  const y = choose.real(horizon * 0.1, horizon * 0.6);
  const size = choose.real(40, 120);
  return times(5, (index) =>
    ellipse(
      x + (index - 2) * size * 0.55,
      y - choose.real(0, size * 0.2),
      size * choose.real(0.5, 0.9),
      size * choose.real(0.12, 0.25),
      '#fff',
      'opacity=".28"',
    ),
  ).join('');
}

function ridge({ width, height, choose }: Canvas, horizon: number, rise: number, color: string): string {
  const points = times(
    9,
    (index) =>
      `L${((index / 8) * width).toFixed(0)} ${(horizon - choose.real(0.2, 1) * rise * height).toFixed(0)}`,
  );
  return `<path d="M0 ${horizon}${points.join('')}L${width} ${horizon}z" fill="${color}"/>`;
}

function trees({ width, choose }: Canvas, horizon: number): string {
  return times(choose.int(6, 18), () => {
    const x = choose.real(0, width);
    const size = choose.real(25, 80);
    const green = choose.pick(['#2d4426', '#3c5730', '#4d6138', '#6a5a2c']);
    return (
      rect({ x: x - 3, y: horizon - size * 0.6, w: 6, h: size * 0.65 }, '#3a2b1e') +
      ellipse(x, horizon - size, size * 0.42, size * 0.6, green) +
      ellipse(x - size * 0.1, horizon - size * 1.15, size * 0.25, size * 0.3, shade(green, 0.14))
    );
  }).join('');
}

function houses({ width, choose }: Canvas, horizon: number): string {
  return times(choose.int(2, 5), () => {
    const x = choose.real(-40, width - 60);
    const w = choose.real(120, 260);
    const h = choose.real(70, 150);
    const wall = choose.pick(['#b8aa94', '#8d5a45', '#cfc8ba', '#70808a', '#a3744f']);
    const windows = times(Math.floor(w / 55), (index) =>
      rect({ x: x + 18 + index * 52, y: horizon - h * 0.7, w: 26, h: h * 0.3 }, '#2c3846'),
    );
    return (
      rect({ x, y: horizon - h, w, h: h + 2 }, wall) +
      `<path d="M${x - 12} ${horizon - h}L${x + w / 2} ${horizon - h * 1.5}L${x + w + 12} ${horizon - h}z" fill="${shade(wall, -0.45)}"/>` +
      windows.join('')
    );
  }).join('');
}

function pebble({ width, height, choose }: Canvas, horizon: number, ground: string): string {
  const depth = choose.next() ** 1.6;
  const y = horizon + depth * (height - horizon);
  const size = 2 + depth * choose.real(4, 26);
  return ellipse(
    choose.real(0, width),
    y,
    size * 2.2,
    size * 0.35,
    shade(ground, choose.real(-0.4, 0.3, 2)),
    'opacity=".5"',
  );
}

function garage(canvas: Canvas): string {
  const { width, height, choose } = canvas;
  const floorAt = height * choose.real(0.48, 0.58, 3);
  const wall = choose.pick(['#9da3a6', '#b6ab98', '#7c8791', '#6e6259', '#a7b1a2']);
  const floor = choose.pick(['#6d6b67', '#807a72', '#56585b']);
  const panels = times(9, (index) =>
    rect({ x: (index * width) / 8 - 2, y: 0, w: 3, h: floorAt }, shade(wall, -0.25)),
  );
  const lamps = times(3, (index) =>
    rect({ x: width * (0.12 + index * 0.3), y: height * 0.05, w: width * 0.16, h: 14 }, '#fffdf0', 4),
  );
  const shelves = times(choose.int(3, 9), () => {
    const x = choose.real(0, width - 60);
    const h = choose.real(30, 110);
    return rect(
      { x, y: floorAt - h - 20, w: choose.real(24, 90), h: h + 20 },
      choose.pick(['#8c2f25', '#2d4b66', '#30333a', '#b8962e', '#5a4636']),
      3,
    );
  });
  const shine = times(3, (index) =>
    ellipse(width * (0.2 + index * 0.3), height * 0.9, width * 0.12, height * 0.07, '#fff', 'opacity=".10"'),
  );
  const joints = times(4, (index) => {
    const y = floorAt + (height - floorAt) * (index / 4) ** 1.5;
    return rect({ x: 0, y, w: width, h: 2 }, shade(floor, -0.3));
  });
  return [
    `<defs>${gradient('wall', [shade(wall, -0.35), wall, shade(wall, 0.1)])}${gradient('floor', [shade(floor, -0.2), shade(floor, 0.12), shade(floor, -0.25)])}</defs>`,
    rect({ x: 0, y: 0, w: width, h: floorAt + 2 }, 'url(#wall)'),
    ...panels,
    ...lamps,
    ...shelves,
    rect({ x: 0, y: floorAt, w: width, h: height - floorAt }, 'url(#floor)'),
    ...joints,
    ...shine,
  ].join('');
}

const SKIES = [
  ['#4f86c6', '#9cc3e6', '#dfeaf0'],
  ['#7b8794', '#aab4bc', '#cfd4d6'],
  ['#2f3f66', '#c77b58', '#f2c48a'],
  ['#6fa3d8', '#bcd7ea', '#f3efe0'],
  ['#5d6673', '#8d939a', '#c9c3b4'],
];

const GROUNDS = ['#5c5c5e', '#77716a', '#8b7f6a', '#5f6b46', '#a08c6a', '#4b4d52'];
