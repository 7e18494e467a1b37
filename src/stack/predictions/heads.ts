import { type Graph, newGraph } from './onnx.ts';
import type { Message } from './protobuf.ts';
import { type Weights, weightsFrom } from './weights.ts';

export const ABOUT = 'Random weights, for tests and demos: what it answers means nothing.';

/** 512 → 256 → 64 → 1, with ReLU between. */
export function rankerModel(seed: number, batch: number | null): Message {
  const graph = newGraph(ABOUT);
  const result = layers(graph, weightsFrom('ranker', seed), { widths: [512, 256, 64, 1], gain: 4 });
  return graph.model({ name: 'input', shape: [batch, 512] }, { name: result, shape: [batch, 1] });
}

/** 514 → 256 → 128 → 4, with ReLU between and a sigmoid at the end. */
export function cropperModel(seed: number, batch: number | null): Message {
  const graph = newGraph(ABOUT);
  const widths = [514, 256, 128, 4];
  const logits = layers(graph, weightsFrom('crop proposer', seed), { widths, gain: 6 });
  const box = graph.operator('Sigmoid', [logits]);
  return graph.model({ name: 'input', shape: [batch, 514] }, { name: box, shape: [batch, 4] });
}

/** Spread for inputs of length 1, and answers by `gain`, so that those about different images differ visibly. */
function layers(
  graph: Graph,
  weights: Weights,
  { widths, gain }: { widths: readonly number[]; gain: number },
): string {
  return widths.slice(1).reduce((input, width, at) => {
    const from = widths[at] as number;
    const first = at === 0;
    const last = at === widths.length - 2;
    const deviation = first ? 1 : (last ? gain : 1) * Math.sqrt(2 / from);
    const result = linear(graph, weights, { input, from, to: width, deviation });
    return last ? result : graph.operator('Relu', [result]);
  }, 'input');
}

export function linear(
  graph: Graph,
  weights: Weights,
  { input, from, to, deviation }: { input: string; from: number; to: number; deviation: number },
): string {
  const matrix = graph.weights(weights(from * to, deviation), [from, to]);
  const bias = graph.weights(weights(to, 0.1), [to]);
  return graph.operator('Add', [graph.operator('MatMul', [input, matrix]), bias]);
}
