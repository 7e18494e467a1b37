import type { DetectedLabel } from '../../vision/vision.ts';
import { type Dice, dice } from '../sample/random.ts';
import type { SeenBird } from './seen.ts';
import type { BirdShot } from './shot.ts';
import type { Setting } from './species.ts';

/** One in so many photos with birds has the label, and says of none of them where it is. */
const WITHOUT_BOXES = 30;

/** What Rekognition sees: birds with their boxes, mostly their species, and the place. */
export function birdLabelsOf({ number, species, setting }: BirdShot, birds: SeenBird[]): DetectedLabel[] {
  const choose = dice('bird-labels', number);
  const labels = SCENERY[setting].map((name) => scenery(name, choose));
  if (birds.length > 0) {
    const boxed = birds.map(({ box, confidence }) => ({ box, confidence }));
    const instances = choose.chance(1 / WITHOUT_BOXES) ? [] : boxed;
    const confidence = Math.max(...birds.map((bird) => bird.confidence));
    const label = { confidence, categories: [ANIMALS], instances: [] };
    labels.push({ ...label, name: 'Animal', parents: [] });
    labels.push({ ...label, name: 'Bird', parents: ['Animal'], instances });
    if (choose.chance(0.8)) {
      const known = choose.chance(0.4) ? instances : [];
      const less = Number((confidence - choose.real(1, 12)).toFixed(2));
      const parents = ['Animal', 'Bird'];
      labels.push({ ...label, name: species.name, confidence: less, parents, instances: known });
    }
  }
  return labels.sort((a, b) => b.confidence - a.confidence);
}

const ANIMALS = 'Animals and Pets';

/** A feeder is called after birds also where there are none. */
const SCENERY: Record<Setting, readonly string[]> = {
  foliage: ['Nature', 'Outdoors', 'Plant', 'Tree', 'Leaf'],
  feeder: ['Bird Feeder', 'Outdoors', 'Plant', 'Tree'],
  sky: ['Nature', 'Outdoors', 'Sky'],
  water: ['Nature', 'Outdoors', 'Water', 'Lake'],
};

const PARENTS: Record<string, string[]> = {
  Tree: ['Plant'],
  Leaf: ['Plant'],
  Sky: ['Nature', 'Outdoors'],
  Water: ['Nature', 'Outdoors'],
  Lake: ['Nature', 'Outdoors', 'Water'],
};

function scenery(name: string, choose: Dice): DetectedLabel {
  return {
    name,
    confidence: choose.real(61, 99.5, 2),
    parents: PARENTS[name] ?? [],
    categories: [name === 'Bird Feeder' ? 'Home and Indoors' : 'Nature and Outdoors'],
    instances: [],
  };
}
