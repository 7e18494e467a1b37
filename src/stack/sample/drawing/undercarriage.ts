import {
  type Area,
  type Canvas,
  ellipse,
  faced,
  gradient,
  pathIn,
  placeOfOnly,
  placesOf,
  rect,
  shade,
  times,
} from './canvas.ts';
import { damage } from './damage.ts';

/** The vehicle from below, on a lift. */
export function undercarriage(canvas: Canvas): string {
  const { width, height, choose, shot } = canvas;
  const steel = shot.look.state > 60 ? '#3c4043' : choose.pick(['#5b3d28', '#4d4036', '#63452e']);
  const rails = [0.29, 0.66].map((x) =>
    rect(
      { x: width * x, y: 0, w: width * 0.05, h: height },
      'url(#steel)',
      4,
      'stroke="#000" stroke-width="3"',
    ),
  );
  const members = [0.08, 0.34, 0.88].map((y) =>
    rect(
      { x: width * 0.28, y: height * y, w: width * 0.44, h: height * 0.05 },
      'url(#steelDown)',
      4,
      'stroke="#000" stroke-width="2"',
    ),
  );
  const panels = times(7, () =>
    rect(
      {
        x: choose.real(0, width),
        y: choose.real(0, height),
        w: choose.real(80, 300),
        h: choose.real(40, 200),
      },
      shade(steel, choose.real(-0.5, -0.05, 2)),
      10,
      'opacity=".8"',
    ),
  );
  const lamp = ellipse(
    width * choose.real(0.2, 0.8, 2),
    height * choose.real(0.1, 0.4, 2),
    width * 0.35,
    height * 0.3,
    '#fff3d0',
    'opacity=".05"',
  );
  return [
    `<defs>${gradient('steel', [shade(steel, -0.5), shade(steel, 0.25), shade(steel, -0.5)], 'across')}${gradient('steelDown', [shade(steel, 0.3), steel, shade(steel, -0.6)])}${gradient('pipe', ['#3a3a3a', '#b9b3a8', '#4b443c'], 'across')}</defs>`,
    rect({ x: 0, y: 0, w: width, h: height }, shade(steel, -0.4)),
    ...panels,
    faced(
      canvas,
      [
        ...rails,
        ...members,
        exhaust(canvas),
        axle(canvas),
        ...placesOf(canvas, 'Suspension').map(spring),
        ...placesOf(canvas, 'Wheel').map(tyre),
      ].join(''),
    ),
    faced(canvas, damage(canvas)),
    ...times(70, () =>
      ellipse(
        choose.real(0, width),
        choose.real(0, height),
        choose.real(2, 22),
        choose.real(2, 12),
        choose.pick(['#7a431c', '#8c5a30', '#20180f', '#9b9488']),
        'opacity=".35"',
      ),
    ),
    lamp,
  ].join('');
}

function axle(canvas: Canvas): string {
  const { x, y, w, h } = placeOfOnly(canvas, 'Axle');
  const [cx, cy] = [x + w / 2, y + h / 2];
  const bolts = times(10, (index) => {
    const at = (index / 10) * 2 * Math.PI;
    return ellipse(cx + Math.cos(at) * h * 0.62, cy + Math.sin(at) * h * 0.62, 6, 6, '#a8a29a');
  });
  return (
    rect({ x, y: cy - h * 0.2, w, h: h * 0.4 }, 'url(#steelDown)', 12, 'stroke="#000" stroke-width="2"') +
    rect({ x: cx - h * 0.14, y: 0, w: h * 0.28, h: cy }, 'url(#pipe)', 8) +
    ellipse(cx, cy, h * 0.78, h * 0.78, '#1c1a18') +
    ellipse(cx, cy, h * 0.7, h * 0.7, 'url(#steelDown)') +
    bolts.join('') +
    ellipse(cx, cy, h * 0.22, h * 0.22, '#2b2622')
  );
}

function exhaust(canvas: Canvas): string {
  const area = placeOfOnly(canvas, 'Exhaust');
  return (
    `<path d="${pathIn(area, 'M.5 -.5L.5 .2M.5 .9Q.5 1.4 .9 1.5L1 2.4')}" fill="none" stroke="#7e766b" stroke-width="${(area.w * 0.26).toFixed(0)}"/>` +
    rect(
      { x: area.x, y: area.y + area.h * 0.1, w: area.w, h: area.h * 0.85 },
      'url(#pipe)',
      40,
      'stroke="#1b1815" stroke-width="3"',
    ) +
    times(5, (index) =>
      rect(
        { x: area.x + area.w * 0.1, y: area.y + area.h * (0.22 + index * 0.14), w: area.w * 0.8, h: 5 },
        '#000',
        2,
        'opacity=".3"',
      ),
    ).join('')
  );
}

function spring(area: Area): string {
  const coils = times(7, (index) => {
    const y = area.y + (area.h * (index + 0.5)) / 7;
    return `M${area.x} ${y}q${area.w / 2} ${area.h / 9} ${area.w} 0`;
  });
  return (
    rect({ x: area.x + area.w * 0.36, y: area.y, w: area.w * 0.28, h: area.h }, '#c9a22e', 8) +
    `<path d="${coils.join('')}" fill="none" stroke="#17181a" stroke-width="15"/><path d="${coils.join('')}" fill="none" stroke="#70757a" stroke-width="6"/>`
  );
}

function tyre(area: Area): string {
  const treads = times(
    16,
    (index) => `M${area.x} ${(area.y + (area.h * (index + 0.5)) / 16).toFixed(0)}h${area.w}`,
  );
  return (
    rect(area, '#141415', 26, 'stroke="#000" stroke-width="3"') +
    `<path d="${treads.join('')}" stroke="#2c2d2f" stroke-width="8"/>`
  );
}
