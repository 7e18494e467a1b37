import type { Box } from '../../../vision/vision.ts';
import type { Dice } from '../random.ts';
import type { Shot } from '../shot.ts';

/** What every drawing works on: the picture is `width` × `height` units, `choose` is its own. */
export interface Canvas {
  shot: Shot;
  width: number;
  height: number;
  choose: Dice;
}

export interface Area {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** A part's place in drawing units, for a vehicle that looks to the left. */
export function placeOf(canvas: Canvas, box: Box): Area {
  const left = canvas.shot.mirrored ? 1 - box.left - box.width : box.left;
  return {
    x: left * canvas.width,
    y: box.top * canvas.height,
    w: box.width * canvas.width,
    h: box.height * canvas.height,
  };
}

export function placesOf(canvas: Canvas, name: string): Area[] {
  return canvas.shot.parts.filter((part) => part.name === name).map((part) => placeOf(canvas, part.box));
}

export function placeOfOnly(canvas: Canvas, name: string): Area {
  const [area] = placesOf(canvas, name);
  if (area === undefined) throw new RangeError(`Photo ${canvas.shot.number} has no ${name}.`);
  return area;
}

/** Turns a drawing of a vehicle that looks to the left around where the shot wants it. */
export function faced(canvas: Canvas, content: string): string {
  return canvas.shot.mirrored
    ? `<g transform="translate(${canvas.width} 0) scale(-1 1)">${content}</g>`
    : `<g>${content}</g>`;
}

/** The same area as it lies in the finished picture, for writing, which must not be turned around. */
export function facedArea(canvas: Canvas, area: Area): Area {
  return canvas.shot.mirrored ? { ...area, x: canvas.width - area.x - area.w } : area;
}

/** A path whose coordinates are given as fractions of an area: letters are commands, numbers come in pairs. */
export function pathIn(area: Area, fractions: string): string {
  let across = false;
  return fractions.replace(/-?\d*\.?\d+/g, (text) => {
    across = !across;
    const value = across ? area.x + Number(text) * area.w : area.y + Number(text) * area.h;
    return value.toFixed(1);
  });
}

export function rect(area: Area, fill: string, radius = 0, extra = ''): string {
  return `<rect x="${area.x.toFixed(1)}" y="${area.y.toFixed(1)}" width="${area.w.toFixed(1)}" height="${area.h.toFixed(1)}" rx="${radius}" fill="${fill}" ${extra}/>`;
}

export function ellipse(cx: number, cy: number, rx: number, ry: number, fill: string, extra = ''): string {
  return `<ellipse cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" rx="${rx.toFixed(1)}" ry="${ry.toFixed(1)}" fill="${fill}" ${extra}/>`;
}

/** Stops are colors from top to bottom (or left to right), evenly spread. */
export function gradient(id: string, colors: string[], direction: 'down' | 'across' = 'down'): string {
  const stops = colors
    .map((color, index) => `<stop offset="${index / (colors.length - 1)}" stop-color="${color}"/>`)
    .join('');
  const end = direction === 'down' ? 'x2="0" y2="1"' : 'x2="1" y2="0"';
  return `<linearGradient id="${id}" x1="0" y1="0" ${end}>${stops}</linearGradient>`;
}

/** `amount` from -1 (black) to 1 (white). */
export function shade(hex: string, amount: number): string {
  const target = amount < 0 ? 0 : 255;
  const channels = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16);
    return Math.round(value + (target - value) * Math.abs(amount));
  });
  return `#${channels.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
