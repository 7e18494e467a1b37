import type { Damage } from '../shot.ts';
import { type Canvas, ellipse, times } from './canvas.ts';

/** Rust, dents, scratches, dirt and faded paint, where the shot has them. */
export function damage(canvas: Canvas): string {
  return canvas.shot.damage.map((one) => MARKS[one.kind](canvas, one)).join('');
}

const MARKS: Record<Damage['kind'], (canvas: Canvas, one: Damage) => string> = {
  rust: blotches(['#6b3413', '#8a4a1c', '#4a230e', '#a35f26'], 12, 0.8),
  dirt: blotches(['#6a5a43', '#7d6b50'], 10, 0.28),
  fading: blotches(['#e9e4da'], 5, 0.16),
  dent: ({ width, height }, { x, y, size }) =>
    ellipse(x * width, y * height, size * width, size * height * 0.7, '#000', 'opacity=".35"') +
    ellipse(
      x * width + size * width * 0.2,
      y * height + size * height * 0.2,
      size * width * 0.7,
      size * height * 0.45,
      '#fff',
      'opacity=".22"',
    ),
  scratch: ({ width, height, choose }, { x, y, size }) => {
    const lines = times(3, (index) => {
      const across = (size * width * choose.real(1.5, 3)).toFixed(0);
      return `M${(x * width).toFixed(0)} ${(y * height + index * 5).toFixed(0)}l${across} ${choose.int(-14, 14)}`;
    });
    return `<path d="${lines.join('')}" stroke="#f0ede6" stroke-width="1.8" opacity=".8" fill="none"/>`;
  },
};

function blotches(colors: string[], count: number, opacity: number): (canvas: Canvas, one: Damage) => string {
  return ({ width, height, choose }, { x, y, size }) =>
    times(count, () =>
      ellipse(
        (x + choose.real(-1, 1, 2) * size) * width,
        (y + choose.real(-1, 1, 2) * size) * height,
        size * width * choose.real(0.15, 0.6, 2),
        size * height * choose.real(0.1, 0.5, 2),
        choose.pick(colors),
        `opacity="${opacity}"`,
      ),
    ).join('');
}
