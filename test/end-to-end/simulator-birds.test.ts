import { DetectLabelsCommand, RekognitionClient } from '@aws-sdk/client-rekognition';
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { birdsSchema } from '../../src/backfills/image-quality/answers.ts';
import { FIRST_BIRD_PHOTO } from '../../src/stack/birds/kind.ts';
import { birdStorageOf, drawBirdPhoto } from '../../src/stack/birds/photo.ts';
import { type BirdTruth, birdTruthOf } from '../../src/stack/birds/truth.ts';
import { drawPhoto } from '../../src/stack/sample/photo.ts';
import { openSimulator } from '../support/vehicle-simulator.ts';

const TRUTHS = Array.from({ length: 300 }, (_, index) => birdTruthOf(FIRST_BIRD_PHOTO + index + 1));

let openai: OpenAI;
let rekognition: RekognitionClient;

beforeAll(() => {
  openai = new OpenAI({ maxRetries: 0 });
  rekognition = new RekognitionClient({ maxAttempts: 1 });
});
afterAll(() => rekognition.destroy());
beforeEach(() => openSimulator().reset());

describe('The simulated Rekognition', () => {
  test.each(['good', 'several', 'too-small', 'cut-off', 'few-pixels'] as const)(
    'boxes the birds of a photo that is %s where they are',
    async (kind) => {
      const truth = photoThat((one) => one.kind === kind && birdOf(one)?.instances.length !== 0);
      const { Labels = [] } = await detectLabels(await drawn(truth));
      expect(Labels.find(({ Name }) => Name === 'Bird')).toMatchObject({
        Parents: [{ Name: 'Animal' }],
        Instances: truth.birds.map(({ box, confidence }) => ({
          Confidence: confidence,
          BoundingBox: { Left: box.left, Top: box.top, Width: box.width, Height: box.height },
        })),
      });
    },
  );

  test('names the species, and the place', async () => {
    const truth = photoThat(
      ({ setting, labels, species }) =>
        setting === 'water' && labels.some(({ name }) => name === species.name),
    );
    const { Labels = [] } = await detectLabels(await drawn(truth));
    expect(Labels.find(({ Name }) => Name === truth.species.name)).toMatchObject({
      Parents: [{ Name: 'Animal' }, { Name: 'Bird' }],
    });
    expect(Labels.map(({ Name }) => Name)).toContain('Water');
  });

  test('sees no bird where there is none, though it may see a feeder', async () => {
    const truth = photoThat(({ kind, setting }) => kind === 'no-bird' && setting === 'feeder');
    const names = (await detectLabels(await drawn(truth))).Labels?.map(({ Name }) => Name);
    expect(names).toContain('Bird Feeder');
    expect(names).not.toContain('Bird');
    expect(names).not.toContain('Animal');
  });

  test('now and then says that there is a bird, and not where', async () => {
    const truth = photoThat((one) => birdOf(one)?.instances.length === 0);
    const { Labels = [] } = await detectLabels(await drawn(truth));
    expect(Labels.find(({ Name }) => Name === 'Bird')).toMatchObject({ Instances: [] });
  });
});

describe('The simulated OpenAI', () => {
  test.each(['good', 'several', 'hidden', 'no-bird', 'too-dark', 'overexposed'] as const)(
    'locates the birds of a photo that is %s, and says how much of each is in view',
    async (kind) => {
      const truth = photoThat((one) => one.kind === kind);
      expect(await locateBirds(await drawn(truth))).toEqual({
        birds: truth.birds.map(({ box, confidence, visible }) => ({
          box,
          confidence,
          visible_percent: Math.round(visible * 100),
        })),
      });
    },
  );

  test('locates no bird on a photo of a vehicle', async () => {
    expect(await locateBirds(await drawPhoto(1_001))).toEqual({ birds: [] });
  });

  test('bills each photo under its own number', async () => {
    const truth = photoThat(({ kind }) => kind === 'good');
    await locateBirds(await drawn(truth));
    expect(await openSimulator().purchases()).toEqual(new Map([[`locate_birds photo:${truth.number}`, 1]]));
  });
});

function photoThat(holds: (truth: BirdTruth) => boolean): BirdTruth {
  const truth = TRUTHS.find((one) => {
    const { encoding, orientation } = birdStorageOf(one.number);
    return encoding === 'jpeg' && orientation === 1 && holds(one);
  });
  if (!truth) throw new Error('no such photo');
  return truth;
}

function birdOf({ labels }: BirdTruth) {
  return labels.find(({ name }) => name === 'Bird');
}

function drawn({ number }: BirdTruth): Promise<Buffer> {
  return drawBirdPhoto(number);
}

function detectLabels(Bytes: Buffer) {
  return rekognition.send(new DetectLabelsCommand({ Image: { Bytes } }));
}

async function locateBirds(image: Buffer) {
  const url = `data:image/jpeg;base64,${image.toString('base64')}`;
  const { choices } = await openai.chat.completions.create({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url, detail: 'low' } }] }],
    response_format: zodResponseFormat(birdsSchema, 'locate_birds'),
  });
  return birdsSchema.parse(JSON.parse(choices[0]?.message.content ?? ''));
}
