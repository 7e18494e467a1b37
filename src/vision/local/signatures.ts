import type { InferenceSession } from 'onnxruntime-node';
import { UsageError } from '../../domain/failure.ts';
import type { Signature } from './inference-thread.ts';

export type Role = 'encoder' | 'ranker' | 'cropper';

/** Without the batch, which comes first and is 1 or free. A result of `[1]` may also have no side but the batch. */
export const SHAPES = {
  encoder: { input: [3, 224, 224], output: [512] },
  ranker: { input: [512], output: [1] },
  cropper: { input: [514], output: [4] },
} as const satisfies Record<Role, { input: readonly number[]; output: readonly number[] }>;

/** Throws UsageError when the model takes or gives something else than its role says. */
export function checkSignature(role: Role, file: string, { inputs, outputs }: Signature): void {
  const wanted = SHAPES[role];
  check(file, 'input', inputs, [wanted.input]);
  check(file, 'output', outputs, role === 'ranker' ? [wanted.output, []] : [wanted.output]);
}

function check(
  file: string,
  what: 'input' | 'output',
  values: readonly InferenceSession.ValueMetadata[],
  accepted: readonly (readonly number[])[],
): void {
  const [value] = values;
  const fits =
    values.length === 1 &&
    value?.isTensor === true &&
    value.type === 'float32' &&
    accepted.some((shape) => sameShape(value.shape, shape));
  if (fits) return;
  const found = values.map(described).join(' and ') || 'nothing';
  throw new UsageError(
    `${file} has the ${what} ${found}; expected is float32 ${shown(['n', ...(accepted[0] ?? [])])}`,
    'It may be a model of another kind or size: see which file stands under this name, and models.json.',
  );
}

function sameShape([batch, ...found]: readonly (number | string)[], wanted: readonly number[]): boolean {
  const batched = typeof batch === 'string' || batch === 1;
  // A side that the file leaves open is checked by the runtime.
  const fits = (side: number | string, at: number) => typeof side === 'string' || side === wanted[at];
  return batched && found.length === wanted.length && found.every(fits);
}

export function described(value: InferenceSession.ValueMetadata): string {
  return value.isTensor ? `${value.name}: ${value.type} ${shown(value.shape)}` : `${value.name} (no tensor)`;
}

export function shown(shape: readonly (number | string)[]): string {
  return `[${shape.map((side) => side || '?').join(', ')}]`;
}
