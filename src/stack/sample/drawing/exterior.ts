import { backdrop } from './backdrop.ts';
import { type Canvas, ellipse, faced, gradient, placeOfOnly, shade } from './canvas.ts';
import { damage } from './damage.ts';
import { fittings, plate } from './fittings.ts';
import { bodyPath } from './outlines.ts';
import { quarter, side, straight } from './views.ts';

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
