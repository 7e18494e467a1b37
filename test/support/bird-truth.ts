import sharp from 'sharp';
import { birdTruthOf } from '../../src/stack/birds/truth.ts';

/** How good a sample photo is, worked out from what is on it by the definitions alone. */
export interface ExpectedQuality {
  points: Record<string, number | null>;
  score: number | null;
  category: 'high' | 'medium' | 'low' | null;
  birds: number | null;
}

export type Look = 'rekognition' | 'openai' | 'none' | 'none, partial';

const WEIGHTS: Record<string, number> = {
  bird_size: 25,
  positioning: 20,
  resolution: 20,
  contrast: 15,
  primary_subject: 20,
};

/** `luma`: of the file, as {@link lumaOf} measures it. */
export function expectedQuality(number: number, luma: number, look: Look): ExpectedQuality {
  const { width, height } = birdTruthOf(number);
  const looked = look === 'rekognition' || look === 'openai';
  const points: ExpectedQuality['points'] = {
    ...(looked ? birdPoints(number, look) : { bird_size: null, positioning: null, primary_subject: null }),
    resolution: tenth(100 * Math.min(1, (width * height) / 120_000)),
    contrast: contrastOf(luma),
  };
  const score = scoreOf(points, look === 'none, partial');
  return { points, score, category: categoryOf(score), birds: looked ? birdsSeen(number).length : null };
}

/** Of points as they are shown. Where some are not known, of the others, if that is wanted. */
export function scoreOf(points: ExpectedQuality['points'], partial = false): number | null {
  const known = Object.entries(points).filter(([, its]) => its !== null);
  if (known.length < Object.keys(WEIGHTS).length && !partial) return null;
  const weight = known.reduce((sum, [name]) => sum + (WEIGHTS[name] ?? 0), 0);
  const sum = known.reduce((sum, [name, its]) => sum + (WEIGHTS[name] ?? 0) * (its ?? 0), 0);
  return Math.floor(sum / weight + 0.5 + 1e-9);
}

export function categoryOf(score: number | null): ExpectedQuality['category'] {
  if (score === null) return null;
  return score > 79 ? 'high' : score > 59 ? 'medium' : 'low';
}

/** 100 from 40 to 220, falling to 0 at black and at white. */
export function contrastOf(luma: number): number {
  return tenth(Math.max(0, Math.min(100, luma * 2.5, (100 * (255 - luma)) / 35)));
}

/** Mean brightness of all pixels of the original, by the weights of Rec. 709. */
export async function lumaOf(file: string): Promise<number> {
  const { channels } = await sharp(file).removeAlpha().toColourspace('srgb').stats();
  const [red = 0, green = red, blue = red] = channels.map(({ mean }) => mean);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function birdsSeen(number: number) {
  return birdTruthOf(number).birds;
}

function birdPoints(number: number, look: 'rekognition' | 'openai') {
  const birds = birdsSeen(number);
  if (birds.length === 0) return { bird_size: 0, positioning: 0, primary_subject: 0 };
  const surest = Math.max(...birds.map(({ confidence }) => confidence));
  const general = birdTruthOf(number).labels.find(({ name }) => name === 'Bird');
  if (look === 'rekognition' && general?.instances.length === 0)
    return { bird_size: 0, positioning: 0, primary_subject: tenth(50 * sureness(surest)) };

  const area = ({ box }: (typeof birds)[number]) => box.width * box.height;
  const clear = birds.filter(({ confidence }) => confidence >= 70);
  const [judged] = (clear.length > 0 ? clear : birds).toSorted((one, other) => area(other) - area(one));
  if (!judged) throw new Error(`nothing to judge on photo ${number}`);
  const others = birds
    .filter((bird) => bird !== judged)
    .reduce((sum, bird) => sum + area(bird) * sureness(bird.confidence), 0);
  const visible = look === 'openai' ? Math.round(judged.visible * 100) / 100 : 1;
  return {
    bird_size: tenth(Math.max(0, Math.min(100, (100 * area(judged)) / 0.15, 500 * (1 - area(judged))))),
    positioning: tenth(Math.min(100, (100 * visible) / 0.6, edgePoints(judged.box))),
    primary_subject: tenth((100 * sureness(judged.confidence) * area(judged)) / (area(judged) + others)),
  };
}

/** 50 points for contact with one edge, 20 with two, none with three; contact grows over the last half percent. */
function edgePoints({
  left,
  top,
  width,
  height,
}: {
  left: number;
  top: number;
  width: number;
  height: number;
}) {
  const contact = [left, top, 1 - left - width, 1 - top - height]
    .map((distance) => Math.max(0, Math.min(1, 1 - distance / 0.005)))
    .reduce((sum, one) => sum + one, 0);
  if (contact <= 1) return 100 - 50 * contact;
  return contact <= 2 ? 50 - 30 * (contact - 1) : Math.max(0, 20 - 20 * (contact - 2));
}

function sureness(confidence: number): number {
  return Math.min(1, confidence / 70);
}

/** Half-way cases up. */
function tenth(value: number): number {
  return Math.floor(value * 10 + 0.5 + 1e-9) / 10;
}
