import type { InferenceSession } from 'onnxruntime-node';
import { UsageError } from '../../domain/failure.ts';
import type { Signature } from './inference-thread.ts';
import { described } from './signatures.ts';

/** Where things are in what a YOLO model takes and gives. */
export interface YoloLayout {
  /** Of the square that it sees, in pixels. */
  side: number;
  boxes: number;
  classes: number;
  /** The first value of a class among a box's values: after centre, size, and objectness where there is one. */
  firstClass: 4 | 5;
  /** Between two boxes, and between two values of one box. */
  boxStride: number;
  valueStride: number;
}

/** YOLOv5 puts objectness before its classes; with the 80 of COCO that makes 85 values, which nothing else has. */
const VALUES_WITH_OBJECTNESS = 85;

/**
 * Reads it off the shapes: input 1×3×S×S, output 1×(4+classes)×N as newer exports have it, or 1×N×(4+classes). A model
 * has more boxes than values of a box, which tells the two apart. Throws UsageError for another model.
 */
export function layoutOf(file: string, { inputs, outputs }: Signature): YoloLayout {
  const [, colours, side, width] = sidesOf(file, 'input', inputs, 4);
  if (colours !== 3 || side !== width) throw misfit(file, 'input', inputs);
  const [, second, third] = sidesOf(file, 'output', outputs, 3) as [number, number, number];
  const [values, boxes] = [Math.min(second, third), Math.max(second, third)];
  if (values < 5 || values === boxes) throw misfit(file, 'output', outputs);
  const byBox = third === values;
  const firstClass = byBox && values === VALUES_WITH_OBJECTNESS ? 5 : 4;
  return {
    side: side as number,
    boxes,
    classes: values - firstClass,
    firstClass,
    boxStride: byBox ? values : 1,
    valueStride: byBox ? 1 : boxes,
  };
}

type Values = readonly InferenceSession.ValueMetadata[];

/** Only the batch, which comes first, may be left open. */
function sidesOf(file: string, what: 'input' | 'output', values: Values, length: number): number[] {
  const [value] = values;
  if (values.length !== 1 || !value?.isTensor || value.type !== 'float32' || value.shape.length !== length)
    throw misfit(file, what, values);
  const [batch, ...sides] = value.shape;
  const fixed = sides.every((side) => typeof side === 'number' && side > 0);
  if (!fixed || (typeof batch === 'number' && batch > 1)) throw misfit(file, what, values);
  return [1, ...(sides as number[])];
}

function misfit(file: string, what: 'input' | 'output', values: Values): UsageError {
  const found = values.map(described).join(' and ') || 'nothing';
  const expected = what === 'input' ? '[1, 3, S, S]' : '[1, 4 + classes, boxes]';
  return new UsageError(
    `${file} has the ${what} ${found}; expected is float32 ${expected}`,
    'Export a YOLO detector with a fixed size, in single precision and without NMS.',
  );
}
