import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { birdsSchema } from '../../../src/backfills/image-quality/answers.ts';
import { FIRST_BIRD_PHOTO, kindOf, SHARES } from '../../../src/stack/birds/kind.ts';
import { type BirdTruth, birdTruthOf } from '../../../src/stack/birds/truth.ts';

const NUMBERS = Array.from({ length: 1_234 }, (_, index) => FIRST_BIRD_PHOTO + index + 1);
const TRUTHS = NUMBERS.map(birdTruthOf);

describe('The truth about a bird photo', () => {
  test('is the same on every machine and in every version', () => {
    const hash = (offset: number) =>
      createHash('sha256')
        .update(JSON.stringify(birdTruthOf(FIRST_BIRD_PHOTO + offset)))
        .digest('hex')
        .slice(0, 16);
    expect([1, 3, 8, 29, 1_234].map(hash)).toMatchInlineSnapshot(`
      [
        "1159de4a65cdca0c",
        "e80ab449056813f1",
        "ec70f5d3506e390c",
        "01e5027b998be5f5",
        "b3aef1464852cefd",
      ]
    `);
  });

  test('fits the schema of the answers, and says the same as the labels', () => {
    for (const { answer, birds, labels } of TRUTHS) {
      expect(birdsSchema.parse(answer).birds).toEqual(
        birds.map(({ box, confidence, visible }) => ({
          box,
          confidence,
          visible_percent: Math.round(visible * 100),
        })),
      );
      const instances = labels.find(({ name }) => name === 'Bird')?.instances ?? [];
      if (instances.length > 0)
        expect(instances).toEqual(birds.map(({ box, confidence }) => ({ box, confidence })));
    }
  });

  test('has each kind in its share, also among the first hundred and in any hundred', () => {
    for (const [first, count] of [
      [0, 1_234],
      [0, 100],
      [517, 100],
      [1_000, 100],
    ] as const) {
      const kinds = NUMBERS.slice(first, first + count).map(kindOf);
      for (const [kind, share] of Object.entries(SHARES)) {
        const found = kinds.filter((one) => one === kind).length;
        expect(Math.abs(found - (share * count) / 100), `${kind} from ${first}`).toBeLessThanOrEqual(2);
      }
    }
  });

  test.each<[BirdTruth['kind'], (truth: BirdTruth) => boolean]>([
    [
      'good',
      (truth) =>
        only(truth, ({ box, visible, cutOff }) => between(area(box), 0.2, 0.5) && visible >= 0.85 && !cutOff),
    ],
    ['too-small', (truth) => only(truth, ({ box }) => area(box) < 0.07)],
    ['too-large', (truth) => only(truth, ({ box }) => area(box) > 0.85)],
    [
      'cut-off',
      (truth) => only(truth, ({ box, cutOff, visible }) => cutOff && atAnEdge(box) && visible <= 0.75),
    ],
    ['hidden', (truth) => only(truth, ({ cutOff, visible }) => !cutOff && visible <= 0.5)],
    ['several', ({ birds }) => birds.length >= 2 && birds.length <= 3],
    ['no-bird', ({ birds }) => birds.length === 0],
    ['too-dark', ({ light }) => light === 'dark'],
    ['overexposed', ({ light }) => light === 'bright'],
    ['few-pixels', ({ width, height }) => width * height < 120_000],
  ])('of a photo that is %s is what the kind says', (kind, holds) => {
    const found = TRUTHS.filter((truth) => truth.kind === kind);
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter((truth) => !holds(truth)).map(({ number }) => number)).toEqual([]);
    for (const { width, height, light } of found) {
      if (kind !== 'few-pixels') expect(width * height).toBeGreaterThan(120_000);
      if (kind !== 'too-dark' && kind !== 'overexposed') expect(light).toBe('usual');
    }
  });

  test('never has one bird before another, nor a box that leaves the picture', () => {
    for (const { birds } of TRUTHS) {
      birds.forEach(({ box }, index) => {
        const next = birds[index + 1]?.box.left ?? 1.0001;
        expect(box.left + box.width).toBeLessThanOrEqual(next);
        expect(Math.min(box.left, box.top, 1.0001 - box.top - box.height)).toBeGreaterThanOrEqual(0);
      });
    }
  });

  test('labels birds where they are: never a photo without one, now and then without a box, often with their species', () => {
    const labelled = (holds: (truth: BirdTruth) => boolean) => TRUTHS.filter(holds).length;
    const birdOf = ({ labels }: BirdTruth) => labels.find(({ name }) => name === 'Bird');
    expect(labelled((truth) => (birdOf(truth) === undefined) !== (truth.kind === 'no-bird'))).toBe(0);
    expect(labelled((truth) => birdOf(truth)?.instances.length === 0)).toBeGreaterThan(15);
    const species = TRUTHS.flatMap(({ labels }) => labels.filter(({ parents }) => parents.includes('Bird')));
    expect(species.length).toBeGreaterThan(800);
    expect(species.filter(({ instances }) => instances.length > 0).length).toBeGreaterThan(300);
    expect(
      Math.min(...TRUTHS.flatMap(({ labels }) => labels.map(({ confidence }) => confidence))),
    ).toBeGreaterThan(55);
  });
});

type Bird = BirdTruth['birds'][number];

function only({ birds }: BirdTruth, holds: (bird: Bird) => boolean): boolean {
  return birds.length === 1 && birds.every(holds);
}

function area({ width, height }: Bird['box']): number {
  return width * height;
}

function between(value: number, low: number, high: number): boolean {
  return value >= low - 0.001 && value <= high + 0.001;
}

function atAnEdge({ left, top, width, height }: Bird['box']): boolean {
  return left === 0 || left + width > 0.9999 || top + height > 0.9999;
}
