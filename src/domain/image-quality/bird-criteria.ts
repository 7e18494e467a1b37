import { areaOf, type Box } from '../box.ts';
import { clarity, type Flock, type FoundBird, flockOf, type PlacedBird, shareOf } from './birds.ts';
import { CLEAR, CURVES, EDGE, type JudgedCriterion, judged, pointsOn, UNPLACED_POINTS } from './criteria.ts';
import { roundHalfUp } from './rounding.ts';

/** What the birds say: size, positioning and primary subject. `birds`: null where no detector looked. */
export interface BirdCriteria {
  size: JudgedCriterion;
  positioning: JudgedCriterion;
  subject: JudgedCriterion;
  /** The one that was judged, within the image. */
  bird: PlacedBird | null;
}

export function birdCriteria(birds: readonly FoundBird[] | null): BirdCriteria {
  if (birds === null) return alike(null, 'no detector has looked for birds');
  const flock = flockOf(birds);
  if (flock) {
    const bird = flock.judged;
    return { size: size(bird), positioning: positioning(bird), subject: subject(flock), bird };
  }
  const surest = Math.max(...birds.map(({ confidence }) => confidence));
  const unplaced = 'the detector names a bird, but does not say where it is';
  if (birds.length === 0) return alike(0, 'no bird was found');
  return {
    ...alike(0, unplaced),
    subject: judged('primary_subject', clarity(surest) * UNPLACED_POINTS, unplaced),
  };
}

function alike(points: 0 | null, reason: string): BirdCriteria {
  return {
    size: judged('bird_size', points, reason),
    positioning: judged('positioning', points, reason),
    subject: judged('primary_subject', points, reason),
    bird: null,
  };
}

function size({ box }: PlacedBird): JudgedCriterion {
  const area = areaOf(box);
  const reason = `the bird covers ${percent(area)} of the image; 15 to 80 % is right`;
  return judged('bird_size', pointsOn(CURVES.area, area), reason);
}

function positioning({ box, visible }: PlacedBird): JudgedCriterion {
  const contacts = contactsOf(box);
  const edges = pointsOn(
    CURVES.edges,
    contacts.reduce((sum, { contact }) => sum + contact, 0),
  );
  const touched = contacts.flatMap(({ edge, contact }) => (contact > 0 ? edge : []));
  const inView = visible === undefined ? 100 : pointsOn(CURVES.visible, visible);
  const faults = [
    ...(inView < 100 ? [`${percent(visible ?? 1)} of the bird is visible; over 60 % is right`] : []),
    ...(edges < 100 ? [`the bird touches the ${listed(touched)}, so it may be cut off there`] : []),
  ];
  const seen = visible === undefined ? '' : `, and ${percent(visible)} of the bird is visible`;
  const reason = faults.join('; ') || `no edge cuts the bird off${seen}`;
  return judged('positioning', Math.min(inView, edges), reason);
}

/** Contact with each edge: 0 from half a percent on, 1 at the edge. */
function contactsOf({ left, top, width, height }: Box): { edge: string; contact: number }[] {
  const distances = { left, right: 1 - left - width, top, bottom: 1 - top - height };
  return Object.entries(distances).map(([edge, distance]) => {
    // Sums of fractions miss by the last digits.
    const contact = roundHalfUp(1 - distance / EDGE, 9);
    return { edge: `${edge} edge`, contact: Math.min(1, Math.max(0, contact)) };
  });
}

function subject(flock: Flock): JudgedCriterion {
  const { judged: bird, others } = flock;
  const share = shareOf(flock);
  const faults = [
    ...(bird.confidence < CLEAR
      ? [
          `the detector is not sure of the bird (confidence ${roundHalfUp(bird.confidence, 1)}; ${CLEAR} or more is clear)`,
        ]
      : []),
    ...(others.length > 0
      ? [`it has ${percent(share)} of the area of all ${others.length + 1} birds; one alone is right`]
      : []),
  ];
  const points = clarity(bird.confidence) * share * 100;
  return judged('primary_subject', points, faults.join('; ') || 'one clear bird');
}

function percent(share: number): string {
  return `${roundHalfUp(share * 100, 1)} %`;
}

function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), ...words.slice(-1)].filter(Boolean).join(' and ');
}
