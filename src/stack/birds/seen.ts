import type { Box } from '../../vision/vision.ts';
import { dice } from '../sample/random.ts';
import type { BirdShot } from './shot.ts';

export interface SeenBird {
  /** What of the bird is within the picture, in fractions of it. */
  box: Box;
  /** Share of the bird's own box that is neither hidden nor cut off, 0 to 1. */
  visible: number;
  cutOff: boolean;
  /** 0 to 100. */
  confidence: number;
}

/** Less sure of what is hardly in view, and in bad light; always sure enough to be told. */
export function birdsSeen({ number, light, birds }: BirdShot): SeenBird[] {
  const choose = dice('bird-seen', number);
  return birds.map(({ place, hidden }) => {
    const box = inPicture(place);
    const within = (box.width * box.height) / (place.width * place.height);
    const visible = Number((within * (1 - hidden)).toFixed(3));
    const doubt = 25 * (1 - visible) + (light === 'usual' ? 0 : 12);
    const confidence = Number((choose.real(94, 99.8, 2) - doubt).toFixed(2));
    return { box, visible, cutOff: within < 1, confidence };
  });
}

function inPicture({ left, top, width, height }: Box): Box {
  const [x, y] = [Math.max(0, left), Math.max(0, top)];
  const length = (from: number, to: number) => Number((Math.min(1, to) - from).toFixed(4));
  return { left: x, top: y, width: length(x, left + width), height: length(y, top + height) };
}
