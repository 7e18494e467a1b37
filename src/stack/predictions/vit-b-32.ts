import { ABOUT, linear } from './heads.ts';
import { type Graph, newGraph } from './onnx.ts';
import type { Message } from './protobuf.ts';
import { type Weights, weightsFrom } from './weights.ts';

const WIDTH = 768;
const HEADS = 12;
const LAYERS = 12;
const PATCH = 32;
const PATCHES = (224 / PATCH) ** 2;
const TOKENS = PATCHES + 1;

/** The image encoder of CLIP ViT-B/32 in shape and cost (88 million weights, 350 MB), but with random weights. */
export function vitB32(seed: number, batch: number | null): Message {
  const graph = newGraph(ABOUT);
  const weights = weightsFrom('vit-b-32', seed);
  const table = (rows: number, columns: number, deviation: number) =>
    graph.weights(weights(rows * columns, deviation), [rows, columns]);
  const seen = normalised(graph, graph.operator('Add', [tokens(graph, weights), table(TOKENS, WIDTH, 0.5)]));
  let stream = seen;
  for (let layer = 0; layer < LAYERS; layer++) stream = block(graph, weights, stream);
  const summary = graph.operator('Gather', [stream, graph.integers(0)], { axis: 1 });
  const flat = graph.operator('Reshape', [normalised(graph, summary), graph.integers(-1, WIDTH)]);
  const result = graph.operator('MatMul', [flat, table(WIDTH, 512, 1 / Math.sqrt(WIDTH))]);
  return graph.model({ name: 'input', shape: [batch, 3, 224, 224] }, { name: result, shape: [batch, 512] });
}

/** A token of its own, then one for each patch: n×50×768. */
function tokens(graph: Graph, weights: Weights): string {
  const fan = 3 * PATCH * PATCH;
  const kernel = graph.weights(weights(WIDTH * fan, 4 / Math.sqrt(fan)), [WIDTH, 3, PATCH, PATCH]);
  const grid = graph.operator('Conv', ['input', kernel], {
    kernel_shape: [PATCH, PATCH],
    strides: [PATCH, PATCH],
  });
  const rows = graph.operator('Reshape', [grid, graph.integers(-1, WIDTH, PATCHES)]);
  const patches = graph.operator('Transpose', [rows], { perm: [0, 2, 1] });
  const batch = graph.operator('Gather', [graph.operator('Shape', ['input']), graph.integers(0)]);
  const shape = graph.operator('Concat', [batch, graph.integers(1, WIDTH)], { axis: 0 });
  const summary = graph.weights(weights(WIDTH, 0.5), [1, 1, WIDTH]);
  return graph.operator('Concat', [graph.operator('Expand', [summary, shape]), patches], { axis: 1 });
}

function block(graph: Graph, weights: Weights, stream: string): string {
  const sum = graph.operator('Add', [stream, attention(graph, weights, normalised(graph, stream))]);
  const wide = dense(graph, weights, normalised(graph, sum), WIDTH, 4 * WIDTH);
  const slope = graph.weights(Float32Array.of(1.702), [1]);
  const gate = graph.operator('Sigmoid', [graph.operator('Mul', [wide, slope])]);
  const active = graph.operator('Mul', [wide, gate]);
  return graph.operator('Add', [sum, dense(graph, weights, active, 4 * WIDTH, WIDTH)]);
}

function attention(graph: Graph, weights: Weights, input: string): string {
  const each = WIDTH / HEADS;
  const apart = graph.integers(-1, TOKENS, HEADS, each);
  const heads = (perm: number[]) =>
    graph.operator(
      'Transpose',
      [graph.operator('Reshape', [dense(graph, weights, input, WIDTH, WIDTH), apart])],
      { perm },
    );
  const query = heads([0, 2, 1, 3]);
  const key = heads([0, 2, 3, 1]);
  const values = heads([0, 2, 1, 3]);
  const scale = graph.weights(Float32Array.of(1 / Math.sqrt(each)), [1]);
  const match = graph.operator('Mul', [graph.operator('MatMul', [query, key]), scale]);
  const mixed = graph.operator('MatMul', [graph.operator('Softmax', [match], { axis: 3 }), values]);
  const back = graph.operator('Transpose', [mixed], { perm: [0, 2, 1, 3] });
  const joined = graph.operator('Reshape', [back, graph.integers(-1, TOKENS, WIDTH)]);
  return dense(graph, weights, joined, WIDTH, WIDTH);
}

function dense(graph: Graph, weights: Weights, input: string, from: number, to: number): string {
  return linear(graph, weights, { input, from, to, deviation: 1 / Math.sqrt(from) });
}

function normalised(graph: Graph, input: string): string {
  const scale = graph.weights(new Float32Array(WIDTH).fill(1), [WIDTH]);
  const shift = graph.weights(new Float32Array(WIDTH), [WIDTH]);
  return graph.operator('LayerNormalization', [input, scale, shift], { axis: 2, epsilon: { float: 1e-5 } });
}
