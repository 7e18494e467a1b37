import type { PhotoKind, SeenBox, SeenLabel } from './photo-kind.ts';

export const PHOTO_ANGLES = [
  'front',
  'rear',
  'side',
  'side-left',
  'side-right',
  'front-three-quarter',
  'rear-three-quarter',
  'dashboard',
  'seats',
  'door-panel',
  'cargo',
  'engine-bay',
  'underneath',
  'unknown',
] as const;
export type PhotoAngle = (typeof PHOTO_ANGLES)[number];

/** Where the photo was taken from, by what is seen and where. `left` is the vehicle's own left. */
export function photoAngle(kind: PhotoKind | 'document', labels: readonly SeenLabel[]): PhotoAngle {
  if (kind === 'engine') return 'engine-bay';
  if (kind === 'undercarriage') return 'underneath';
  if (kind === 'interior') return interiorAngle(labels);
  if (kind === 'exterior') return exteriorAngle(labels);
  return 'unknown';
}

const FRONT = ['headlight', 'grille', 'radiator grille', 'windshield', 'hood'];
const REAR = ['tail light', 'taillight', 'trunk', 'tailgate', 'exhaust pipe', 'spare tire'];
const WHEELS = ['wheel', 'car wheel', 'alloy wheel', 'tire'];

const DASHBOARD = [
  'steering wheel',
  'dashboard',
  'speedometer',
  'tachometer',
  'gauge',
  'car radio',
  'gear shift',
];
const SEATS = ['car seat', 'seat', 'headrest', 'cushion', 'upholstery', 'seat belt'];
const DOOR = ['door', 'car door', 'door panel', 'door handle'];
const CARGO = ['trunk', 'luggage', 'cargo'];

function interiorAngle(labels: readonly SeenLabel[]): PhotoAngle {
  const views: [PhotoAngle, number][] = [
    ['dashboard', strength(labels, DASHBOARD)],
    ['seats', strength(labels, SEATS)],
    ['door-panel', strength(labels, DOOR)],
    ['cargo', strength(labels, CARGO)],
  ];
  const [angle, confidence] = views.reduce((best, view) => (view[1] > best[1] ? view : best));
  return confidence > 0 ? angle : 'unknown';
}

/** Two wheels of one side, far apart, mean a view from the side; the end that is seen besides makes it three-quarter. */
function exteriorAngle(labels: readonly SeenLabel[]): PhotoAngle {
  const front = strength(labels, FRONT);
  const rear = strength(labels, REAR);
  const wheels = boxesOf(labels, WHEELS);
  const end = front === rear ? null : front > rear ? 'front' : 'rear';
  if (!showsFlank(wheels)) return end ?? 'unknown';
  if (end && !inProfile(wheels)) return `${end}-three-quarter`;
  return side(labels);
}

/** How far apart the outer wheels must be, as a share of the picture, for a flank to be in view. */
const FLANK_WIDTH = 0.25;

function showsFlank(wheels: SeenBox[]): boolean {
  const [first, last] = outermost(wheels);
  return Boolean(first && last && centre(last) - centre(first) >= FLANK_WIDTH);
}

/** Seen from the side both wheels are equally tall and nearly round; perspective makes the nearer one taller. */
function inProfile(wheels: SeenBox[]): boolean {
  const [first, last] = outermost(wheels);
  if (!first || !last) return false;
  return Math.min(first.height, last.height) / Math.max(first.height, last.height) >= 0.9;
}

/** A vehicle that points to the left of the picture shows its left side. */
function side(labels: readonly SeenLabel[]): PhotoAngle {
  const nose = boxesOf(labels, FRONT).map(centre);
  const tail = boxesOf(labels, REAR).map(centre);
  const wheels = boxesOf(labels, WHEELS).map(centre);
  const middle = mean(wheels);
  if (nose.length > 0) return mean(nose) < middle ? 'side-left' : 'side-right';
  if (tail.length > 0) return mean(tail) > middle ? 'side-left' : 'side-right';
  return 'side';
}

function strength(labels: readonly SeenLabel[], names: string[]): number {
  return Math.max(
    0,
    ...labels.filter(({ name }) => names.includes(name.toLowerCase())).map((l) => l.confidence),
  );
}

function boxesOf(labels: readonly SeenLabel[], names: string[]): SeenBox[] {
  return labels
    .filter(({ name }) => names.includes(name.toLowerCase()))
    .flatMap(({ instances }) => instances.map(({ box }) => box));
}

function outermost(boxes: SeenBox[]): [SeenBox | undefined, SeenBox | undefined] {
  const sorted = boxes.toSorted((a, b) => centre(a) - centre(b));
  return [sorted[0], sorted.at(-1)];
}

function centre(box: SeenBox): number {
  return box.left + box.width / 2;
}

function mean(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
