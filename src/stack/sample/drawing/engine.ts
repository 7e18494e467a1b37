import {
  type Canvas,
  ellipse,
  faced,
  facedArea,
  gradient,
  pathIn,
  placeOfOnly,
  rect,
  shade,
  times,
} from './canvas.ts';
import { damage } from './damage.ts';
import { writing, writingWidth } from './writing.ts';

/** The engine bay from above, fenders in the vehicle's color. */
export function engine(canvas: Canvas): string {
  const { width, height, choose, shot } = canvas;
  const whole = { x: 0, y: 0, w: width, h: height };
  const color = shot.look.color.hex;
  const metal = choose.pick(['#8f9498', '#77726b', '#a6abad']);
  return [
    `<defs>${gradient('bay', ['#0d0e0f', '#2a2b2c', '#151617'])}${gradient('fender', [shade(color, -0.3), shade(color, 0.3), shade(color, -0.2)])}${gradient('metal', [shade(metal, 0.4), metal, shade(metal, -0.5)])}</defs>`,
    rect(whole, 'url(#bay)'),
    `<path d="${pathIn(whole, 'M0 0L.09 .1L.13 .9L0 1z')}" fill="url(#fender)"/><path d="${pathIn(whole, 'M1 0L.91 .1L.87 .9L1 1z')}" fill="url(#fender)"/>`,
    rect({ x: width * 0.1, y: height * 0.05, w: width * 0.8, h: height * 0.15 }, shade(color, -0.55), 14),
    ...times(14, () =>
      ellipse(
        choose.real(width * 0.12, width * 0.88),
        height * choose.real(0.08, 0.18, 3),
        6,
        6,
        '#9b9fa2',
        'opacity=".6"',
      ),
    ),
    faced(canvas, block(canvas) + hoses(canvas) + radiator(canvas) + battery(canvas)),
    faced(canvas, damage(canvas)),
    shot.lettering ? decal(canvas) : '',
  ].join('');
}

function block(canvas: Canvas): string {
  const { choose } = canvas;
  const area = placeOfOnly(canvas, 'Engine');
  const paint = choose.pick(['#c8452b', '#2b5a9c', '#d2762a', '#34373a', '#8a8f92', '#2f6b46']);
  const covers = [0.06, 0.7].map((x) => {
    const cover = { x: area.x + area.w * x, y: area.y + area.h * 0.18, w: area.w * 0.24, h: area.h * 0.6 };
    const ribs = times(7, (index) =>
      rect(
        { x: cover.x + 6, y: cover.y + (cover.h * (index + 0.4)) / 7, w: cover.w - 12, h: 5 },
        '#000',
        2,
        'opacity=".25"',
      ),
    );
    const plugs = times(4, (index) => {
      const y = cover.y + (cover.h * (index + 0.5)) / 4;
      const out = x < 0.5 ? -1 : 1;
      return `<path d="M${cover.x + cover.w / 2} ${y}q${out * cover.w * 0.8} -12 ${out * cover.w * 0.75} 34" fill="none" stroke="${choose.pick(['#a2231d', '#1b1b1c', '#1d4fa0'])}" stroke-width="7"/>`;
    });
    return (
      plugs.join('') +
      rect(cover, shade(paint, 0.12), 12, 'stroke="#000" stroke-opacity=".5" stroke-width="2"') +
      ribs.join('')
    );
  });
  const [cx, cy] = [area.x + area.w / 2, area.y + area.h * 0.42];
  const cleaner = [0.27, 0.245, 0.14, 0.03].map((share, index) =>
    ellipse(
      cx,
      cy,
      area.w * share,
      area.w * share * 0.86,
      ['#0c0c0d', 'url(#metal)', shade(paint, -0.15), '#dfe3e5'][index] ?? '#000',
    ),
  );
  const pulleys = [
    [0.5, 0.9, 0.12],
    [0.25, 0.84, 0.08],
    [0.76, 0.86, 0.09],
  ].map(
    ([x = 0, y = 0, size = 0]) =>
      ellipse(
        area.x + area.w * x,
        area.y + area.h * y,
        area.w * size,
        area.w * size,
        '#2c2e30',
        'stroke="#9a9ea1" stroke-width="5"',
      ) +
      ellipse(
        area.x + area.w * x,
        area.y + area.h * y,
        area.w * size * 0.35,
        area.w * size * 0.35,
        'url(#metal)',
      ),
  );
  const belt = `<path d="${pathIn(area, 'M.17 .84L.5 1.02L.85 .86L.5 .77z')}" fill="none" stroke="#0a0a0a" stroke-width="9" stroke-linejoin="round"/>`;
  return (
    rect(area, paint, 18) +
    rect({ x: area.x + area.w * 0.3, y: area.y, w: area.w * 0.4, h: area.h }, 'url(#metal)', 10) +
    covers.join('') +
    belt +
    pulleys.join('') +
    cleaner.join('')
  );
}

function hoses({ width, height, choose }: Canvas): string {
  return times(choose.int(4, 8), () => {
    const from = `${choose.int(width * 0.15, width * 0.85)} ${choose.int(height * 0.15, height * 0.4)}`;
    const bend = `${choose.int(0, width)} ${choose.int(height * 0.2, height)}`;
    const to = `${choose.int(width * 0.15, width * 0.85)} ${choose.int(height * 0.6, height * 0.9)}`;
    const thick = choose.int(5, 15);
    const d = `M${from}Q${bend} ${to}`;
    return `<path d="${d}" fill="none" stroke="#0c0d0e" stroke-width="${thick}"/><path d="${d}" fill="none" stroke="#55595c" stroke-width="${thick / 4}" opacity=".6"/>`;
  }).join('');
}

function radiator(canvas: Canvas): string {
  const area = placeOfOnly(canvas, 'Radiator');
  const fins = times(
    48,
    (index) => `M${(area.x + (area.w * index) / 48).toFixed(0)} ${area.y.toFixed(0)}v${area.h.toFixed(0)}`,
  );
  const cap = ellipse(
    area.x + area.w * 0.72,
    area.y + area.h * 0.2,
    area.h * 0.28,
    area.h * 0.24,
    'url(#metal)',
    'stroke="#222" stroke-width="2"',
  );
  return (
    rect(area, '#1a1b1c', 6, 'stroke="#777b7e" stroke-width="4"') +
    `<path d="${fins.join('')}" stroke="#5d6164" stroke-width="2"/>` +
    cap
  );
}

function battery(canvas: Canvas): string {
  const area = placeOfOnly(canvas, 'Battery');
  const posts = [
    ['#c3342b', 0.2],
    ['#3c3f42', 0.8],
  ].map(([color, x]) =>
    ellipse(area.x + area.w * Number(x), area.y + area.h * 0.2, area.w * 0.09, area.w * 0.09, String(color)),
  );
  return (
    rect(
      area,
      canvas.choose.pick(['#16181b', '#1d3f73', '#6b1a1c', '#3b3d40']),
      8,
      'stroke="#000" stroke-width="3"',
    ) +
    rect({ x: area.x + 6, y: area.y + area.h * 0.45, w: area.w - 12, h: area.h * 0.35 }, '#d9cf8c', 4) +
    posts.join('')
  );
}

function decal(canvas: Canvas): string {
  const area = placeOfOnly(canvas, 'Engine');
  const text = `${canvas.shot.look.make} ${canvas.choose.pick(['350', '396', '454', '5.3L'])}`;
  const size = area.h * 0.07;
  const place = facedArea(canvas, {
    x: area.x + (area.w - writingWidth(text, size)) / 2,
    y: area.y + area.h * 0.4,
    w: writingWidth(text, size),
    h: size,
  });
  return (
    rect({ x: place.x - 10, y: place.y - 10, w: place.w + 20, h: size + 20 }, '#f3efe0', 6) +
    writing(text, place.x, place.y, size, { color: '#8f1623', weight: 0.17 })
  );
}
