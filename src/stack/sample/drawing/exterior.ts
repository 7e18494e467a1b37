import type { Body } from '../vehicle.ts';
import { backdrop } from './backdrop.ts';
import {
  type Area,
  type Canvas,
  ellipse,
  faced,
  facedArea,
  gradient,
  pathIn,
  placeOfOnly,
  placesOf,
  rect,
  shade,
} from './canvas.ts';
import { damage } from './damage.ts';
import { writing, writingWidth } from './writing.ts';

/** A vehicle from outside, in the angle of the shot. */
export function exterior(canvas: Canvas): string {
  const { look, angle } = canvas.shot;
  const car = placeOfOnly(canvas, 'Car');
  const color = look.color.hex;
  const body = bodyPath(canvas, car);
  const shadow = ellipse(
    car.x + car.w / 2,
    car.y + car.h * 0.985,
    car.w * 0.53,
    car.h * 0.07,
    '#000',
    'opacity=".45"',
  );
  const paint =
    gradient('paint', [
      shade(color, 0.42),
      shade(color, 0.1),
      shade(color, -0.12),
      shade(color, 0.16),
      shade(color, -0.5),
    ]) +
    gradient('glass', ['#b9d3e4', '#4d6273', '#1c262e']) +
    gradient('chrome', ['#f4f6f7', '#8b9196', '#e2e6e8', '#53585c']);
  const view =
    angle === 'side'
      ? side(canvas, car)
      : angle.endsWith('quarter')
        ? quarter(canvas, car)
        : straight(canvas, car);
  return [
    backdrop(canvas),
    `<defs>${paint}<clipPath id="body"><path d="${body}"/></clipPath></defs>`,
    faced(
      canvas,
      `${shadow}${view.under}<path d="${body}" fill="url(#paint)" stroke="${shade(color, -0.6)}" stroke-width="2"/>${view.over}`,
    ),
    faced(canvas, `<g clip-path="url(#body)">${damage(canvas)}</g>`),
    faced(canvas, `${view.wheels}${fittings(canvas)}`),
    plate(canvas),
  ].join('');
}

interface View {
  under: string;
  over: string;
  wheels: string;
}

/** Outlines as fractions of the car's box, front to the left. */
function bodyPath({ shot }: Canvas, car: Area): string {
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

const TALL: Record<Body, number> = { coupe: 0.1, sedan: 0.06, pickup: 0.01, suv: 0, wagon: 0.04 };

const SIDES: Record<Body, { outline: string; glass: string[] }> = {
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

function side(canvas: Canvas, car: Area): View {
  const color = canvas.shot.look.color.hex;
  const line = shade(color, -0.55);
  const glass = SIDES[canvas.shot.look.body].glass.map(
    (path) => `<path d="${pathIn(car, path)}" fill="url(#glass)" stroke="${line}" stroke-width="3"/>`,
  );
  const doors = `<path d="${pathIn(car, 'M.33 .42L.34 .8L.56 .8L.58 .4')}" fill="none" stroke="${line}" stroke-width="2.5"/>`;
  const crease = `<path d="${pathIn(car, 'M.02 .55Q.5 .5 .99 .53')}" fill="none" stroke="#fff" stroke-width="4" opacity=".35"/>`;
  const trim = `<path d="${pathIn(car, 'M.02 .7L.98 .7')}" stroke="url(#chrome)" stroke-width="5"/>`;
  const handle = rect(
    { x: car.x + car.w * 0.51, y: car.y + car.h * 0.5, w: car.w * 0.035, h: car.h * 0.018 },
    '#e8eaec',
    3,
  );
  const sill = `<path d="${pathIn(car, 'M.03 .84L.97 .84L.95 .88L.05 .88z')}" fill="#141414" opacity=".7"/>`;
  const wheels = placesOf(canvas, 'Wheel');
  const arches = wheels.map((wheel) =>
    ellipse(wheel.x + wheel.w / 2, wheel.y + wheel.h / 2, wheel.h * 0.58, wheel.h * 0.58, '#0c0c0d'),
  );
  const bumpers = ['M-.01 .72L.05 .72L.05 .8L-.01 .8z', 'M.95 .72L1.01 .72L1.01 .8L.95 .8z'].map(
    (path) => `<path d="${pathIn(car, path)}" fill="url(#chrome)"/>`,
  );
  return {
    under: '',
    over: glass.join('') + doors + crease + trim + handle + sill + bumpers.join(''),
    wheels: arches.join('') + wheels.map((area) => wheel(canvas, area, 1)).join(''),
  };
}

/** Front or rear, seen straight on. */
function straight({ shot }: Canvas, car: Area): View {
  const color = shot.look.color.hex;
  const tall = TALL[shot.look.body];
  const line = shade(color, -0.5);
  const tyres = [0.05, 0.81].map((x) =>
    rect({ x: car.x + car.w * x, y: car.y + car.h * 0.76, w: car.w * 0.14, h: car.h * 0.24 }, '#111', 12),
  );
  const glass = `<path d="${pathIn(car, `M.22 .37L.29 ${tall + 0.07}L.71 ${tall + 0.07}L.78 .37z`)}" fill="url(#glass)" stroke="${line}" stroke-width="4"/>`;
  const glare = `<path d="${pathIn(car, `M.34 .36L.42 ${tall + 0.08}L.5 ${tall + 0.08}L.42 .36z`)}" fill="#fff" opacity=".22"/>`;
  const lid = `<path d="${pathIn(car, 'M.12 .41L.88 .41M.3 .38L.22 .5M.7 .38L.78 .5M.04 .52L.96 .52')}" fill="none" stroke="${line}" stroke-width="3"/>`;
  const mirrors = [0.09, 0.91].map((x) =>
    ellipse(car.x + car.w * x, car.y + car.h * 0.33, car.w * 0.035, car.h * 0.03, shade(color, -0.25)),
  );
  return { under: tyres.join(''), over: glass + glare + lid + mirrors.join(''), wheels: '' };
}

function quarter(canvas: Canvas, car: Area): View {
  const { look } = canvas.shot;
  const tall = TALL[look.body];
  const line = shade(look.color.hex, -0.55);
  const screen = `<path d="${pathIn(car, `M.13 .41L.23 ${tall + 0.08}L.43 ${tall + 0.09}L.42 .43z`)}" fill="url(#glass)" stroke="${line}" stroke-width="4"/>`;
  const sideGlass = `<path d="${pathIn(car, `M.46 .43L.47 ${tall + 0.09}L.65 ${tall + 0.08}L.77 .38z`)}" fill="url(#glass)" stroke="${line}" stroke-width="4"/>`;
  const flank = `<path d="${pathIn(car, 'M.45 .46L1 .44L.99 .76L.46 .9z')}" fill="#000" opacity=".2"/>`;
  const crease = `<path d="${pathIn(car, 'M.46 .58L.99 .53')}" stroke="#fff" stroke-width="4" opacity=".35"/>`;
  const doors = `<path d="${pathIn(car, 'M.6 .43L.6 .84M.78 .4L.77 .78M.03 .48L.45 .5')}" fill="none" stroke="${line}" stroke-width="2.5"/>`;
  const wheels = placesOf(canvas, 'Wheel');
  const arches = wheels.map((area) =>
    ellipse(area.x + area.w / 2, area.y + area.h * 0.48, area.w * 0.58, area.h * 0.56, '#0c0c0d'),
  );
  return {
    under: '',
    over: flank + screen + sideGlass + crease + doors,
    wheels: arches.join('') + wheels.map((area) => wheel(canvas, area, area.w / area.h)).join(''),
  };
}

/** `turn`: 1 seen from the side, less the more it is turned away. */
function wheel({ shot }: Canvas, area: Area, turn: number): string {
  const cx = area.x + area.w / 2;
  const cy = area.y + area.h / 2;
  const radius = area.h / 2;
  const ring = (share: number, fill: string) =>
    ellipse(cx, cy, radius * share * Math.min(1, turn), radius * share, fill);
  const rim = shot.look.state > 50 ? '#cfd3d6' : '#857b70';
  const spokes = Array.from(
    { length: 5 + (shot.look.vehicle % 4) },
    (_, index, { length } = { length: 5 + (shot.look.vehicle % 4) }) => {
      const at = (index / length) * 2 * Math.PI + shot.number;
      const across = Math.cos(at) * radius * 0.55 * Math.min(1, turn);
      return `M${cx.toFixed(1)} ${cy.toFixed(1)}l${across.toFixed(1)} ${(Math.sin(at) * radius * 0.55).toFixed(1)}`;
    },
  );
  return (
    ring(1, '#161617') +
    ring(0.88, '#222324') +
    ring(0.66, rim) +
    ring(0.56, shade(rim, -0.45)) +
    `<path d="${spokes.join('')}" stroke="${rim}" stroke-width="${(radius * 0.15).toFixed(1)}"/>` +
    ring(0.17, shade(rim, 0.2))
  );
}

/** Lights, grille and bumper, where the labels have them. */
function fittings(canvas: Canvas): string {
  const headlights = placesOf(canvas, 'Headlight').map(
    ({ x, y, w, h }) =>
      ellipse(x + w / 2, y + h / 2, w / 2, h / 2, 'url(#chrome)') +
      ellipse(x + w / 2, y + h / 2, w * 0.38, h * 0.38, '#f6f3dc') +
      ellipse(x + w * 0.42, y + h * 0.4, w * 0.14, h * 0.12, '#fff'),
  );
  const tailLights = placesOf(canvas, 'Tail Light').map(
    (area) =>
      rect(area, '#7d0d12', 6, 'stroke="#c9cdd0" stroke-width="3"') +
      rect(
        { x: area.x + area.w * 0.1, y: area.y + area.h * 0.12, w: area.w * 0.8, h: area.h * 0.35 },
        '#e2323a',
        4,
      ),
  );
  const grilles = placesOf(canvas, 'Grille').map((area) => {
    const bars = Array.from({ length: 6 }, (_, index) =>
      rect({ x: area.x, y: area.y + (area.h * (index + 0.5)) / 6, w: area.w, h: area.h * 0.05 }, '#d5d9dc'),
    );
    return rect(area, '#101113', 6, 'stroke="#c9cdd0" stroke-width="4"') + bars.join('');
  });
  const bumpers = placesOf(canvas, 'Bumper').map((area) =>
    rect(area, 'url(#chrome)', 10, 'stroke="#33373a" stroke-width="1.5"'),
  );
  return [...bumpers, ...grilles, ...headlights, ...tailLights].join('');
}

function plate(canvas: Canvas): string {
  return placesOf(canvas, 'License Plate')
    .map((place) => {
      const area = facedArea(canvas, place);
      const text = `${'ABCDEFGHJKLMNPRSTUVWXYZ'[canvas.shot.look.vehicle % 23]}${(canvas.shot.look.vehicle * 7919) % 100000}`;
      const height = area.h * 0.5;
      const size = Math.min(height, (height * area.w * 0.84) / writingWidth(text, height));
      const left = area.x + (area.w - writingWidth(text, size)) / 2;
      return (
        rect(area, '#f3f1e6', 5, 'stroke="#3a3f45" stroke-width="3"') +
        writing(text, left, area.y + (area.h - size) / 2, size, { color: '#1b2f5c' })
      );
    })
    .join('');
}
