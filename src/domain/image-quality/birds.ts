import { areaOf, type Box, withinImage } from '../box.ts';
import { CLEAR, CURVES, pointsOn } from './criteria.ts';

/** A bird as a detector tells of it. */
export interface FoundBird {
  /** Null: the detector names a bird and does not say where it is. What reaches over an edge is cut off there. */
  box: Box | null;
  /** 0 to 100. */
  confidence: number;
  /** How much of the bird is in view, 0 to 1, where the detector tells that. */
  visible?: number;
}

export interface PlacedBird extends FoundBird {
  box: Box;
}

/** The birds with a place: the one that is judged, and the others. Null where there is none. */
export interface Flock {
  judged: PlacedBird;
  others: PlacedBird[];
}

/** The order of the birds does not matter. */
export function flockOf(birds: readonly FoundBird[]): Flock | null {
  const placed = birds.flatMap((bird) => {
    const box = bird.box && withinImage(bird.box);
    return box ? [{ ...bird, box }] : [];
  });
  const [judged, ...others] = placed.sort(byPrecedence);
  return judged ? { judged, others } : null;
}

/** The judged bird's share of the area of all birds, 0 to 1. Unclear ones count less. */
export function shareOf({ judged, others }: Flock): number {
  const own = areaOf(judged.box);
  const rest = others.reduce((sum, { box, confidence }) => sum + areaOf(box) * clarity(confidence), 0);
  return own / (own + rest);
}

/** 0 to 1. */
export function clarity(confidence: number): number {
  return pointsOn(CURVES.confidence, confidence) / 100;
}

/** Clear ones first, then the largest. What is equal in that is told apart by confidence and place. */
function byPrecedence(one: PlacedBird, other: PlacedBird): number {
  const clear = ({ confidence }: PlacedBird) => Number(confidence >= CLEAR);
  return (
    clear(other) - clear(one) ||
    areaOf(other.box) - areaOf(one.box) ||
    other.confidence - one.confidence ||
    one.box.left - other.box.left ||
    one.box.top - other.box.top ||
    (other.visible ?? 1) - (one.visible ?? 1)
  );
}
