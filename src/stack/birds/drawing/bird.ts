import { type Area, ellipse, gradient, pathIn, shade } from '../../sample/drawing/canvas.ts';
import type { Form, Species } from '../species.ts';

/** A bird that looks to the left and touches all four sides of its area. */
export function bird(species: Species, area: Area): string {
  const paint = (color: string, fractions: string) =>
    `<path d="${pathIn(area, fractions)}" fill="${color}"/>`;
  const spot = (x: number, y: number, rx: number, ry: number, color: string) =>
    ellipse(area.x + x * area.w, area.y + y * area.h, rx * area.w, ry * area.h, color);
  const { back, breast } = species.colors;
  const plumage = `plumage-${Math.round(area.x)}`;
  const dressed = { ...species.colors, plumage: `url(#${plumage})`, wing: shade(back, -0.22) };
  return (
    `<defs>${gradient(plumage, [back, back, breast, shade(breast, -0.18)])}</defs>` +
    SHAPES[species.form]({ paint, spot, colors: dressed, crested: species.crested ?? false }).join('')
  );
}

interface Brush {
  /** A path in fractions of the area. */
  paint(color: string, fractions: string): string;
  /** An ellipse: its middle and its radii, in fractions of the area. */
  spot(x: number, y: number, rx: number, ry: number, color: string): string;
  colors: Species['colors'] & { plumage: string; wing: string };
  crested: boolean;
}

const LEG = '#4b3b2e';
const EYE = '#101012';

const SHAPES: Record<Form, (brush: Brush) => string[]> = { songbird, wader, duck, raptor, flying };

function songbird({ paint, spot, colors, crested }: Brush): string[] {
  return [
    paint(colors.back, 'M.60 .48 L1 .60 L.98 .72 L.58 .70 Z'),
    paint(LEG, 'M.36 .80 L.375 .80 L.375 .965 L.42 1 L.32 1 L.36 .965 Z'),
    paint(LEG, 'M.45 .80 L.465 .80 L.465 .965 L.51 1 L.41 1 L.45 .965 Z'),
    paint(
      colors.plumage,
      'M.12 .28 C.22 .06 .48 .20 .64 .44 C.74 .60 .66 .76 .52 .83 C.34 .90 .19 .76 .14 .58 C.11 .46 .10 .36 .12 .28 Z',
    ),
    crested ? paint(colors.head, 'M.17 .02 L.43 .02 L.34 .24 L.20 .20 Z') : '',
    spot(0.235, 0.2, 0.145, 0.2, colors.head),
    paint(colors.beak, 'M.12 .15 L0 .23 L.12 .28 Z'),
    spot(0.185, 0.17, 0.02, 0.029, EYE),
    paint(colors.wing, 'M.34 .36 C.50 .34 .68 .46 .80 .64 C.62 .72 .42 .66 .34 .36 Z'),
    paint(colors.back, 'M.38 .40 C.50 .40 .62 .48 .70 .58 C.56 .60 .44 .54 .38 .40 Z'),
  ];
}

function wader({ paint, spot, colors }: Brush): string[] {
  return [
    paint(LEG, 'M.50 .60 L.53 .60 L.55 .98 L.62 1 L.46 1 L.52 .98 Z'),
    paint(LEG, 'M.62 .60 L.65 .60 L.66 .98 L.74 1 L.58 1 L.63 .98 Z'),
    paint(colors.breast, 'M.28 .54 C.08 .42 .44 .26 .28 .10 L.42 .07 C.58 .24 .28 .40 .48 .48 Z'),
    paint(
      colors.plumage,
      'M.26 .50 C.40 .34 .76 .40 1 .62 C.84 .68 .50 .70 .34 .62 C.28 .58 .25 .54 .26 .50 Z',
    ),
    paint(colors.wing, 'M.44 .46 C.60 .42 .82 .50 .96 .61 C.76 .63 .54 .60 .44 .46 Z'),
    spot(0.345, 0.06, 0.115, 0.06, colors.head),
    paint(colors.beak, 'M.26 .035 L0 .09 L.26 .09 Z'),
    spot(0.31, 0.05, 0.022, 0.0136, EYE),
  ];
}

function duck({ paint, spot, colors }: Brush): string[] {
  return [
    paint(colors.head, 'M.14 .22 L.38 .20 C.38 .40 .40 .46 .48 .54 L.14 .70 C.18 .50 .16 .36 .14 .22 Z'),
    paint(
      colors.plumage,
      'M.10 .68 C.20 .44 .60 .42 .84 .52 L1 .42 C.99 .72 .86 1 .55 1 C.24 1 .08 .88 .10 .68 Z',
    ),
    spot(0.245, 0.19, 0.145, 0.19, colors.head),
    paint(colors.beak, 'M.13 .16 L0 .25 L.02 .32 L.14 .30 Z'),
    spot(0.195, 0.15, 0.018, 0.0243, EYE),
    paint(colors.wing, 'M.36 .62 C.52 .48 .78 .50 .95 .54 C.90 .76 .60 .84 .36 .62 Z'),
    paint(colors.back, 'M.44 .62 C.56 .54 .72 .54 .86 .57 C.80 .70 .60 .74 .44 .62 Z'),
  ];
}

function raptor({ paint, spot, colors }: Brush): string[] {
  return [
    paint(colors.back, 'M.50 .70 L.92 1 L.66 1 L.42 .80 Z'),
    paint(
      colors.plumage,
      'M.20 .16 C.50 .02 .96 .26 .92 .56 C.88 .80 .54 .92 .34 .80 C.14 .66 .08 .34 .20 .16 Z',
    ),
    paint(LEG, 'M.30 .76 L.40 .80 L.40 .87 L.24 .87 Z'),
    paint(LEG, 'M.46 .80 L.56 .79 L.57 .87 L.42 .87 Z'),
    paint(colors.wing, 'M.54 .22 C.84 .24 1 .46 1 .84 C.80 .80 .52 .56 .54 .22 Z'),
    spot(0.36, 0.13, 0.25, 0.13, colors.head),
    paint(colors.beak, 'M.16 .09 C.08 .09 .02 .13 0 .19 L.12 .165 L.20 .17 Z'),
    spot(0.25, 0.1, 0.036, 0.0223, EYE),
  ];
}

function flying({ paint, spot, colors }: Brush): string[] {
  return [
    paint(shade(colors.back, -0.2), 'M.46 .66 C.58 .34 .80 .10 1 0 C.92 .30 .78 .58 .62 .76 Z'),
    paint(colors.back, 'M.66 .74 L.92 .80 L.90 .96 L.64 .88 Z'),
    paint(LEG, 'M.58 .92 L.70 .98 L.70 1 L.60 1 Z'),
    paint(colors.plumage, 'M.20 .72 C.34 .56 .60 .62 .76 .80 C.66 .94 .36 1 .24 .88 Z'),
    spot(0.22, 0.74, 0.07, 0.12, colors.head),
    paint(colors.beak, 'M.165 .70 L.08 .80 L.165 .82 Z'),
    spot(0.2, 0.71, 0.011, 0.022, EYE),
    paint(colors.wing, 'M.34 .72 C.26 .40 .14 .16 0 0 C.30 .10 .52 .38 .60 .74 C.50 .80 .40 .80 .34 .72 Z'),
    paint(colors.back, 'M.38 .68 C.32 .44 .24 .26 .14 .14 C.34 .26 .48 .46 .54 .70 Z'),
  ];
}
