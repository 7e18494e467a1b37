import { writeFile } from 'node:fs/promises';
import { newGraph } from '../../../src/stack/predictions/onnx.ts';

export interface TinyYolo {
  /** Of what it sees; in cells of 16 pixels. */
  side: number;
  classes: number;
  birdClass: number;
  /** 1×N×(4+classes) instead of 1×(4+classes)×N. */
  byBox?: boolean;
  /** A fifth value before the classes, always this. */
  objectness?: number;
  /** Boxes of this many pixels around the middle of each cell. */
  reach?: number;
  batch?: number | null;
}

const CELL = 16;

/**
 * Writes a detector that sees a bird in every cell that is red: its confidence is how much more red than blue there
 * is, on average, and the other classes have none.
 */
export async function writeTinyYolo(file: string, options: TinyYolo): Promise<void> {
  const { side, classes, birdClass, byBox = false, objectness, reach = CELL, batch = 1 } = options;
  const graph = newGraph('Sees birds where it is red, for tests.');
  const cells = side / CELL;
  const boxes = cells * cells;
  const means = graph.operator('AveragePool', ['input'], {
    kernel_shape: [CELL, CELL],
    strides: [CELL, CELL],
  });
  const weights = new Float32Array(classes * 3);
  weights.set([1, 0, -1], birdClass * 3);
  const scores = graph.operator('Relu', [
    graph.operator('Conv', [means, graph.weights(weights, [classes, 3, 1, 1])]),
  ]);
  const fixed = [
    ...Array.from({ length: boxes }, (_, at) => ((at % cells) + 0.5) * CELL),
    ...Array.from({ length: boxes }, (_, at) => (Math.floor(at / cells) + 0.5) * CELL),
    ...Array(2 * boxes).fill(reach),
    ...(objectness === undefined ? [] : Array(boxes).fill(objectness)),
  ];
  const places = graph.weights(Float32Array.from(fixed), [1, fixed.length / boxes, boxes]);
  const flat = graph.operator('Reshape', [scores, graph.integers(1, classes, boxes)]);
  const byValue = graph.operator('Concat', [places, flat], { axis: 1 });
  const values = fixed.length / boxes + classes;
  const name = byBox ? graph.operator('Transpose', [byValue], { perm: [0, 2, 1] }) : byValue;
  const model = graph.model(
    { name: 'input', shape: [batch, 3, side, side] },
    { name, shape: [batch, ...(byBox ? [boxes, values] : [values, boxes])] },
  );
  await writeFile(file, Buffer.concat(model));
}
