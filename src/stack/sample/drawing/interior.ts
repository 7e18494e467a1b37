import {
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
  times,
} from './canvas.ts';
import { damage } from './damage.ts';
import { writing } from './writing.ts';

/** The cabin, seen from between the rear seats. */
export function interior(canvas: Canvas): string {
  const { width, height, choose } = canvas;
  const trim = choose.pick(['#3a2a22', '#25282d', '#5b1f24', '#1f3350', '#8a744f', '#4b4f45']);
  const dash = placeOfOnly(canvas, 'Dashboard');
  const whole = { x: 0, y: 0, w: width, h: height };
  const world = choose.pick([
    ['#8fb7dc', '#d9e6ea', '#6f7a5c'],
    ['#9aa2aa', '#c9cdd0', '#5c5c5e'],
    ['#d99a6c', '#f0d0a4', '#6b5844'],
  ]);
  return [
    `<defs>${gradient('world', world)}${gradient('trim', [shade(trim, 0.3), trim, shade(trim, -0.5)])}${gradient('seat', [shade(trim, 0.38), shade(trim, 0.05), shade(trim, -0.4)], 'across')}</defs>`,
    rect(whole, shade(trim, -0.55)),
    `<path d="${pathIn(whole, 'M.06 .1L.94 .1L1 .44L0 .44z')}" fill="url(#world)"/>`,
    ...times(8, () =>
      ellipse(
        choose.real(0, width),
        height * choose.real(0.3, 0.4, 2),
        choose.real(20, 90),
        choose.real(10, 50),
        shade('#4d6138', choose.real(-0.3, 0.3, 2)),
        'opacity=".7"',
      ),
    ),
    `<path d="${pathIn(whole, 'M0 0L1 0L1 .08Q.5 .14 0 .08z')}" fill="${shade('#b9b2a4', -choose.real(0, 0.5, 2))}"/>`,
    rect({ x: width * 0.43, y: height * 0.12, w: width * 0.14, h: height * 0.05 }, '#15171a', 12),
    rect({ x: width * 0.44, y: height * 0.125, w: width * 0.12, h: height * 0.038 }, '#9fb4c2', 10),
    `<path d="${pathIn(whole, 'M0 .4L.07 .1L.1 .1L.05 .5L0 1z')}" fill="${shade(trim, -0.4)}"/><path d="${pathIn(whole, 'M1 .4L.93 .1L.9 .1L.95 .5L1 1z')}" fill="${shade(trim, -0.4)}"/>`,
    faced(canvas, dashboard(canvas) + tunnel(canvas) + steering(canvas) + seats(canvas) + damage(canvas)),
    canvas.shot.lettering ? radioText(canvas, dash) : '',
  ].join('');
}

function dashboard(canvas: Canvas): string {
  const { choose } = canvas;
  const area = placeOfOnly(canvas, 'Dashboard');
  const wood = choose.chance(0.5) ? '#6e4526' : '#1d1f22';
  const wheel = placeOfOnly(canvas, 'Steering Wheel');
  const cluster = {
    x: wheel.x - wheel.w * 0.02,
    y: area.y + area.h * 0.1,
    w: wheel.w * 1.04,
    h: area.h * 0.5,
  };
  const gauges = [0.27, 0.73, 0.5].map((share, index) =>
    gauge(
      canvas,
      cluster.x + cluster.w * share,
      cluster.y + cluster.h * 0.52,
      cluster.h * (index === 2 ? 0.2 : 0.4),
    ),
  );
  const vents = [0.47, 0.78].map((share) => {
    const vent = { x: area.x + area.w * share, y: area.y + area.h * 0.14, w: area.w * 0.12, h: area.h * 0.2 };
    return (
      rect(vent, '#0b0b0c', 5) +
      times(4, (index) =>
        rect({ x: vent.x, y: vent.y + (vent.h * (index + 0.4)) / 4, w: vent.w, h: 3 }, '#4a4d50'),
      ).join('')
    );
  });
  const radio = { x: area.x + area.w * 0.47, y: area.y + area.h * 0.48, w: area.w * 0.2, h: area.h * 0.3 };
  const knobs = [0.1, 0.9].map((share) =>
    ellipse(radio.x + radio.w * share, radio.y + radio.h / 2, radio.h * 0.26, radio.h * 0.26, '#c4c8ca'),
  );
  const glove = rect(
    { x: area.x + area.w * 0.72, y: area.y + area.h * 0.5, w: area.w * 0.24, h: area.h * 0.4 },
    'none',
    8,
    'stroke="#000" stroke-opacity=".5" stroke-width="3"',
  );
  return [
    `<path d="${pathIn(area, 'M0 .12Q.25 -.06 .5 .04Q.8 -.04 1 .12L1 1L0 1z')}" fill="url(#trim)"/>`,
    rect({ x: area.x, y: area.y + area.h * 0.42, w: area.w, h: area.h * 0.12 }, wood),
    rect(cluster, '#0d0e10', 20),
    ...gauges,
    ...vents,
    rect(radio, '#16181a', 6, 'stroke="#777" stroke-width="2"'),
    rect(
      { x: radio.x + radio.w * 0.24, y: radio.y + radio.h * 0.2, w: radio.w * 0.52, h: radio.h * 0.4 },
      choose.pick(['#173a2a', '#3a2a10', '#0e2438']),
      3,
    ),
    ...knobs,
    glove,
  ].join('');
}

function gauge({ choose }: Canvas, cx: number, cy: number, radius: number): string {
  const marks = times(13, (index) => {
    const at = Math.PI * (0.8 + (index / 12) * 1.4);
    const [x, y] = [Math.cos(at), Math.sin(at)];
    return `M${(cx + x * radius * 0.76).toFixed(1)} ${(cy + y * radius * 0.76).toFixed(1)}L${(cx + x * radius * 0.92).toFixed(1)} ${(cy + y * radius * 0.92).toFixed(1)}`;
  });
  const at = Math.PI * choose.real(0.8, 2.2, 2);
  return (
    ellipse(cx, cy, radius, radius, '#1d1f22', 'stroke="#aeb4b8" stroke-width="3"') +
    `<path d="${marks.join('')}" stroke="#f3efe2" stroke-width="2.5"/>` +
    `<path d="M${cx.toFixed(1)} ${cy.toFixed(1)}l${(Math.cos(at) * radius * 0.8).toFixed(1)} ${(Math.sin(at) * radius * 0.8).toFixed(1)}" stroke="#ff5a36" stroke-width="4"/>`
  );
}

function tunnel(canvas: Canvas): string {
  const { height } = canvas;
  const shift = placeOfOnly(canvas, 'Gear Shift');
  const cx = shift.x + shift.w / 2;
  return (
    rect(
      { x: shift.x - shift.w * 0.7, y: shift.y + shift.h * 0.5, w: shift.w * 2.4, h: height },
      '#17181a',
      16,
    ) +
    ellipse(cx, shift.y + shift.h * 0.85, shift.w * 0.5, shift.h * 0.15, '#2d2f32') +
    rect({ x: cx - 5, y: shift.y + shift.h * 0.15, w: 10, h: shift.h * 0.7 }, '#b8bdc0', 4) +
    ellipse(
      cx,
      shift.y + shift.h * 0.12,
      shift.w * 0.34,
      shift.h * 0.13,
      '#1b1b1d',
      'stroke="#888" stroke-width="2"',
    )
  );
}

function steering(canvas: Canvas): string {
  const { x, y, w, h } = placeOfOnly(canvas, 'Steering Wheel');
  const [cx, cy] = [x + w / 2, y + h / 2];
  const spokes = `M${cx - w * 0.42} ${cy}L${cx + w * 0.42} ${cy}M${cx} ${cy}L${cx} ${cy + h * 0.43}`;
  const rim = canvas.choose.pick(['#111214', '#2b1a12', '#3b3d40']);
  return (
    `<path d="${spokes}" stroke="#a9aeb1" stroke-width="${(w * 0.07).toFixed(1)}"/>` +
    ellipse(cx, cy, w * 0.46, h * 0.46, 'none', `stroke="${rim}" stroke-width="${(w * 0.08).toFixed(1)}"`) +
    ellipse(
      cx,
      cy,
      w * 0.455,
      h * 0.455,
      'none',
      `stroke="#fff" stroke-opacity=".18" stroke-width="${(w * 0.02).toFixed(1)}"`,
    ) +
    ellipse(cx, cy, w * 0.15, h * 0.15, '#1c1d1f', 'stroke="#b8bdc0" stroke-width="4"')
  );
}

function seats(canvas: Canvas): string {
  return placesOf(canvas, 'Car Seat')
    .map((area) => {
      const pleats = times(
        6,
        (index) =>
          `M${(area.x + (area.w * (index + 1)) / 7).toFixed(0)} ${(area.y + area.h * 0.36).toFixed(0)}V${(area.y + area.h).toFixed(0)}`,
      );
      return (
        rect({ x: area.x + area.w * 0.28, y: area.y, w: area.w * 0.44, h: area.h * 0.3 }, 'url(#seat)', 26) +
        rect({ x: area.x, y: area.y + area.h * 0.22, w: area.w, h: area.h * 0.9 }, 'url(#seat)', 44) +
        `<path d="${pleats.join('')}" stroke="#000" stroke-opacity=".35" stroke-width="3"/>`
      );
    })
    .join('');
}

function radioText(canvas: Canvas, dash: ReturnType<typeof placeOfOnly>): string {
  const area = facedArea(canvas, {
    x: dash.x + dash.w * 0.72,
    y: dash.y + dash.h * 0.52,
    w: dash.w * 0.22,
    h: dash.h * 0.12,
  });
  return writing(canvas.shot.look.model, area.x, area.y, area.h, { color: '#e9e2c8', weight: 0.15 });
}
