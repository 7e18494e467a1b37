import { float, type Message, nested, text, whole } from './protobuf.ts';

/** The numbers of fields and types are those of onnx.proto3. */
const FLOAT32 = 1;
const INT64 = 7;
const IR_VERSION = 8;
const OPSET = 17;

/** One model under construction; operators give the name of their output. */
export interface Graph {
  /** Float32 weights, row by row. */
  weights(values: Float32Array, shape: readonly number[]): string;
  /** Int64: shapes, indexes. */
  integers(...values: number[]): string;
  operator(type: string, inputs: readonly string[], attributes?: Attributes): string;
  /** The file's content. A `null` in a shape is the batch, of any size. */
  model(input: Value, output: Value): Message;
}

export type Attributes = Record<string, number | number[] | { float: number }>;
export interface Value {
  name: string;
  shape: readonly (number | null)[];
}

export function newGraph(about: string): Graph {
  const nodes: Message = [];
  const tensors: Message = [];
  let named = 0;
  const tensor = (type: number, data: Float32Array | BigInt64Array, shape: readonly number[]): string => {
    const name = `constant_${named++}`;
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const dims = shape.flatMap((side) => whole(1, side));
    tensors.push(...nested(5, dims, whole(2, type), text(8, name), nested(9, [raw])));
    return name;
  };
  return {
    weights: (values, shape) => tensor(FLOAT32, values, shape),
    integers: (...values) => tensor(INT64, BigInt64Array.from(values.map(BigInt)), [values.length]),
    operator: (type, inputs, attributes = {}) => {
      const name = `${type}_${named++}`;
      nodes.push(...node(type, inputs, name, attributes));
      return name;
    },
    model: (input, output) => {
      // The result gets the name that is asked for.
      const renamed = node('Identity', [output.name], 'output', {});
      const graph = [...nodes, ...renamed, ...text(2, 'random'), ...tensors];
      const ends = [value(11, input), value(12, { ...output, name: 'output' })].flat();
      const opset = nested(8, text(1, ''), whole(2, OPSET));
      const told = [text(2, 'temporal-backfill (random weights)'), text(6, about)].flat();
      return [...whole(1, IR_VERSION), ...told, ...nested(7, graph, ends), ...opset];
    },
  };
}

function node(type: string, inputs: readonly string[], output: string, attributes: Attributes): Message {
  const given = inputs.flatMap((input) => text(1, input));
  const tuned = Object.entries(attributes).flatMap(([name, of]) => attribute(name, of));
  return nested(1, given, text(2, output), text(3, output), text(4, type), tuned);
}

function attribute(name: string, of: Attributes[string]): Message {
  if (typeof of === 'number') return nested(5, text(1, name), whole(3, of), whole(20, 2));
  if (!Array.isArray(of)) return nested(5, text(1, name), float(2, of.float), whole(20, 1));
  return nested(
    5,
    text(1, name),
    of.flatMap((one) => whole(8, one)),
    whole(20, 7),
  );
}

function value(field: number, { name, shape }: Value): Message {
  const sides = shape.flatMap((side) => nested(1, side === null ? text(2, 'batch') : whole(1, side)));
  const tensorType = nested(1, whole(1, FLOAT32), nested(2, sides));
  return nested(field, text(1, name), nested(2, tensorType));
}
