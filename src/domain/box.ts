/** Fractions of an image's width and height, 0 to 1. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Boxes that overlap by more than this are about one and the same thing. */
export const SAME_THING = 0.5;

/** The part of a box that lies in the image; null where none does. */
export function withinImage(box: Box): Box | null {
  const [right, bottom] = [box.left + box.width, box.top + box.height];
  const inside = Math.min(box.left, box.top) >= 0 && Math.max(right, bottom) <= 1;
  const cut = inside
    ? box
    : between(fraction(box.left), fraction(box.top), fraction(right), fraction(bottom));
  const visible = cut.width > 0 && cut.height > 0 && areaOf(cut) > 0;
  return visible ? cut : null;
}

export function areaOf({ width, height }: Box): number {
  return width * height;
}

/** Intersection over union, 0 to 1. */
export function overlap(one: Box, other: Box): number {
  const width = Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left);
  const height = Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top);
  const common = Math.max(0, width) * Math.max(0, height);
  return common === 0 ? 0 : common / (areaOf(one) + areaOf(other) - common);
}

function between(left: number, top: number, right: number, bottom: number): Box {
  return { left, top, width: right - left, height: bottom - top };
}

function fraction(value: number): number {
  return Math.min(1, Math.max(0, value));
}
