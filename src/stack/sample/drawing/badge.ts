import { type Canvas, ellipse, facedArea, gradient, placeOfOnly, rect, shade, times } from './canvas.ts';
import { damage } from './damage.ts';
import { writing, writingWidth } from './writing.ts';

/** A badge on a panel, from near: writing, but no document. */
export function badge(canvas: Canvas): string {
  const { width, height, choose, shot } = canvas;
  const { look } = shot;
  const color = look.color.hex;
  const area = facedArea(canvas, placeOfOnly(canvas, 'Emblem'));
  const text = choose.pick([look.model, look.trim, look.make]);
  const size = Math.min(area.h * 0.62, (area.w * 0.84 * area.h * 0.62) / writingWidth(text, area.h * 0.62));
  const x = area.x + (area.w - writingWidth(text, size)) / 2;
  const y = area.y + (area.h - size) / 2;
  const reflections = times(4, () =>
    ellipse(
      choose.real(0, width),
      choose.real(0, height),
      width * choose.real(0.2, 0.5),
      height * choose.real(0.03, 0.1),
      '#fff',
      'opacity=".10"',
    ),
  );
  const gap = choose.real(0.68, 0.85) * width;
  return [
    `<defs>${gradient('panel', [shade(color, 0.45), shade(color, 0.05), shade(color, -0.2), shade(color, 0.2), shade(color, -0.5)])}${gradient('chrome', ['#fafbfc', '#7e858b', '#e2e6e8', '#4a4f53'])}</defs>`,
    rect({ x: 0, y: 0, w: width, h: height }, 'url(#panel)'),
    ...reflections,
    rect({ x: gap, y: 0, w: 7, h: height }, '#000', 0, 'opacity=".65"'),
    rect({ x: gap + 7, y: 0, w: 3, h: height }, '#fff', 0, 'opacity=".3"'),
    damage(canvas),
    rect({ ...area, x: area.x + 6, y: area.y + 8 }, '#000', 18, 'opacity=".4"'),
    rect(area, choose.pick(['#111214', '#5d1018', '#16233f']), 18, 'stroke="url(#chrome)" stroke-width="9"'),
    writing(text, x + 3, y + 4, size, { color: '#000', weight: 0.17 }),
    writing(text, x, y, size, { color: '#e6eaec', weight: 0.15 }),
  ].join('');
}
