/** Left, top, right, bottom, as fractions of the upright image's width and height. */
export type Box = [number, number, number, number];

/** Scaled to length 1. Throws when there is no direction in it: an encoder that answers so is broken. */
export function unitLength(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (!Number.isFinite(length) || length === 0) {
    throw new Error(`the encoder answered with a vector of length ${length}`);
  }
  return vector.map((value) => value / length);
}

/** Corners in order, cut off at the image's edges. Throws on what is no number. */
export function orderedBox(answer: Float32Array): Box {
  const [x1, y1, x2, y2] = answer as unknown as Box;
  const box: Box = [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)];
  if (box.some(Number.isNaN)) throw new Error(`the crop proposer answered with ${answer.join(', ')}`);
  return box.map((side) => Math.min(1, Math.max(0, side))) as Box;
}
