import { RunPaused } from '../../domain/failure.ts';
import type { YoloLayout } from './yolo-layout.ts';

/** In pixels of the square that the model has seen. */
export interface FoundBox {
  /** 0 to 1. */
  confidence: number;
  centreX: number;
  centreY: number;
  width: number;
  height: number;
}

/**
 * Boxes that are rather of this class than of any other, and at least as sure as the threshold. Throws RunPaused on a
 * confidence that is none.
 */
export function boxesOf(
  values: Float32Array,
  layout: YoloLayout,
  { classIndex, threshold }: { classIndex: number; threshold: number },
): FoundBox[] {
  const { boxes, firstClass, boxStride, valueStride } = layout;
  const found: FoundBox[] = [];
  for (let box = 0; box < boxes; box++) {
    const value = (at: number) => values[box * boxStride + at * valueStride] as number;
    const score = value(firstClass + classIndex);
    const confidence = firstClass === 5 ? score * value(4) : score;
    if (!(confidence >= 0 && confidence <= 1)) throw unfinished(confidence);
    if (confidence < threshold || surpassed(score, layout, value)) continue;
    found.push({ confidence, centreX: value(0), centreY: value(1), width: value(2), height: value(3) });
  }
  return found;
}

function surpassed(
  score: number,
  { firstClass, classes }: YoloLayout,
  value: (at: number) => number,
): boolean {
  for (let at = firstClass; at < firstClass + classes; at++) if (value(at) > score) return true;
  return false;
}

function unfinished(confidence: number): RunPaused {
  const message = `the local detector answered with a confidence of ${confidence}, which is not between 0 and 1: export the model with its last step, put it in its place, start the worker again, and resume`;
  return new RunPaused({ kind: 'configuration', message });
}
