import { type Area, type Canvas, ellipse, pathIn, placesOf, rect, shade } from './canvas.ts';
import { wheel } from './fittings.ts';
import { SIDES, TALL } from './outlines.ts';

/** Drawn below the body, on it, and after everything that clings to it. */
export interface View {
  under: string;
  over: string;
  wheels: string;
}

/** From the side. */
export function side(canvas: Canvas, car: Area): View {
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
export function straight({ shot }: Canvas, car: Area): View {
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

/** Front or rear with one side. */
export function quarter(canvas: Canvas, car: Area): View {
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
