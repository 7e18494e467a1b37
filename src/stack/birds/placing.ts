import type { Box } from '../../vision/vision.ts';
import type { Dice } from '../sample/random.ts';
import type { BirdKind } from './kind.ts';
import { FORMS, type Form } from './species.ts';

export interface PlacedBird {
  /** The whole bird, in fractions of the picture; where it is cut off, it reaches beyond 0 or 1. */
  place: Box;
  /** It looks to the right. */
  mirrored: boolean;
  /** Share of its width that something in front of it hides. */
  hidden: number;
}

interface Scene {
  kind: BirdKind;
  form: Form;
  /** Of the picture: width divided by height. */
  aspect: number;
}

/** The birds of a photo, from left to right. */
export function placedBirds({ kind, form, aspect }: Scene, choose: Dice): PlacedBird[] {
  const shape = FORMS[form].aspect / aspect;
  const mirrored = choose.chance(0.5);
  switch (kind) {
    case 'no-bird':
      return [];
    case 'several':
      return flock(shape, choose.int(2, 3), choose);
    case 'too-small':
      return [{ place: within(sized(choose.real(0.008, 0.07, 3), shape), choose), mirrored, hidden: 0 }];
    case 'too-large':
      return [{ place: filling(shape, choose), mirrored, hidden: 0 }];
    case 'cut-off':
      return [{ place: cutOff(shape, mirrored, choose), mirrored, hidden: 0 }];
    case 'hidden':
      return [{ place: fair(shape, choose), mirrored, hidden: choose.real(0.5, 0.75, 2) }];
    default:
      return [
        {
          place: fair(shape, choose),
          mirrored,
          hidden: choose.chance(0.2) ? choose.real(0.05, 0.15, 2) : 0,
        },
      ];
  }
}

type Size = Pick<Box, 'width' | 'height'>;

/** The strip with the number is above, so no bird begins there. */
const ROOM: Box = { left: 0.04, top: 0.06, width: 0.92, height: 0.9 };

/** `area`: as a fraction of the picture's, less where that does not fit in. `shape`: width by height, in fractions. */
function sized(area: number, shape: number, room: Size = ROOM): Size {
  const height = Math.min(Math.sqrt(area / shape), room.height, room.width / shape);
  return { width: height * shape, height };
}

function within({ width, height }: Size, choose: Dice, room: Box = ROOM): Box {
  return rounded({
    left: room.left + choose.next() * (room.width - width),
    top: room.top + choose.next() * (room.height - height),
    width,
    height,
  });
}

function fair(shape: number, choose: Dice): Box {
  return within(sized(choose.real(0.2, 0.5, 3), shape), choose);
}

/** More than four fifths of the picture, some whole and some cropped all around. */
function filling(shape: number, choose: Dice): Box {
  const scale = choose.chance(0.4) ? 0.98 : choose.real(1.12, 1.4, 3);
  const height = shape < 1 || scale > 1 ? scale : scale / shape;
  const width = height * shape;
  return rounded({ left: (1 - width) / 2, top: (1 - height) / 2, width, height });
}

/** Its tail, or what is below, is not in the picture. */
function cutOff(shape: number, mirrored: boolean, choose: Dice): Box {
  const box = fair(shape, choose);
  const cut = choose.real(0.25, 0.5, 3);
  if (choose.chance(0.4)) return rounded({ ...box, top: 1 - box.height * (1 - cut) });
  return rounded({ ...box, left: mirrored ? -box.width * cut : 1 - box.width * (1 - cut) });
}

/** Side by side, none before another. */
function flock(shape: number, count: number, choose: Dice): PlacedBird[] {
  const width = ROOM.width / count;
  return Array.from({ length: count }, (_, index) => {
    const room = { ...ROOM, left: ROOM.left + index * width, width };
    const size = sized(choose.real(0.08, 0.16, 3), shape, { width: width * 0.94, height: 0.7 });
    return { place: within(size, choose, room), mirrored: choose.chance(0.5), hidden: 0 };
  });
}

function rounded({ left, top, width, height }: Box): Box {
  const round = (value: number) => Number(value.toFixed(4));
  return { left: round(left), top: round(top), width: round(width), height: round(height) };
}
