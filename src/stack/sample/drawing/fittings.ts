import { type Area, type Canvas, ellipse, facedArea, placesOf, rect, shade } from './canvas.ts';
import { writing, writingWidth } from './writing.ts';

/** Lights, grille and bumper, where the labels have them. */
export function fittings(canvas: Canvas): string {
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

export function plate(canvas: Canvas): string {
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

/** `turn`: 1 seen from the side, less the more it is turned away. */
export function wheel({ shot }: Canvas, area: Area, turn: number): string {
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
