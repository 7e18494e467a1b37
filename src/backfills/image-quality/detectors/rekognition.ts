import { overlap, SAME_THING } from '../../../domain/box.ts';
import type { FoundBird } from '../../../domain/image-quality/birds.ts';
import type { DetectedLabel, Vision } from '../../../vision/vision.ts';
import type { BirdDetector } from './detector.ts';

/** Rekognition's labels: `Bird`, and what has it as a parent. */
export function rekognition(vision: Vision): BirdDetector {
  return {
    name: 'rekognition',
    async detect(image, ask) {
      const { value, callKey, model, promptVersion } = await ask(vision.labels(image));
      return { birds: birdsIn(value), by: { callKey, model, promptVersion } };
    },
  };
}

/**
 * Each bird once, though `Bird` and `Eagle` may both have an instance for it. Where no label has an instance, there is one
 * bird without a place.
 */
export function birdsIn(labels: readonly DetectedLabel[]): FoundBird[] {
  const about = labels.filter(({ name, parents }) => name === 'Bird' || parents.includes('Bird'));
  if (about.length === 0) return [];
  const general = about.filter(({ name }) => name === 'Bird');
  const placed = [...new Set([...general, ...about])].reduce(withInstancesOf, []);
  if (placed.length > 0) return placed;
  return [{ box: null, confidence: Math.max(...about.map(({ confidence }) => confidence)) }];
}

interface PlacedBird extends FoundBird {
  box: DetectedLabel['instances'][number]['box'];
}

/** Instances of one label are different birds, however close they are. */
function withInstancesOf(known: PlacedBird[], { instances }: DetectedLabel): PlacedBird[] {
  const left = [...instances];
  const confirmed = known.map((bird) => {
    const at = left.findIndex(({ box }) => overlap(box, bird.box) > SAME_THING);
    const [same] = at < 0 ? [] : left.splice(at, 1);
    return same ? { ...bird, confidence: Math.max(bird.confidence, same.confidence) } : bird;
  });
  return [...confirmed, ...left.map(({ box, confidence }) => ({ box, confidence }))];
}
