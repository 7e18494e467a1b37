import { dice } from '../sample/random.ts';

/** Random weights of one model; the same purpose and seed always give the same, to the bit, on every machine. */
export type Weights = (count: number, deviation: number) => Float32Array;

export function weightsFrom(purpose: string, seed: number): Weights {
  const { next } = dice(purpose, seed);
  return (count, deviation) => {
    // Evenly spread: nothing but products and sums, which every machine rounds alike.
    const reach = deviation * Math.sqrt(3);
    const values = new Float32Array(count);
    for (let at = 0; at < count; at++) values[at] = (2 * next() - 1) * reach;
    return values;
  };
}
