import type { Box, DetectedLabel } from '../../vision/vision.ts';
import type { Dice } from './random.ts';
import { dice } from './random.ts';
import type { VehicleLook } from './vehicle.ts';
import { lookOf, PHOTOS_PER_VEHICLE, vehicleOf } from './vehicle.ts';

/** How a photo is composed: what the drawing draws is what the labels have boxes for. */
export interface Shot {
  number: number;
  look: VehicleLook;
  scene: Scene;
  angle: Angle;
  /** True when the vehicle's front is to the right, or its near side is. */
  mirrored: boolean;
  /** Writing is to be seen (a badge, a decal, gauges), so that labels nominate it as a document. */
  lettering: boolean;
  document: DocumentKind | null;
  /** Width divided by height. */
  aspect: number;
  parts: Part[];
  damage: Damage[];
}

export type Scene = 'exterior' | 'interior' | 'engine' | 'undercarriage' | 'document';

/** Exteriors only, `badge` being a close-up; `none` for every other scene. */
export type Angle =
  | 'front'
  | 'rear'
  | 'side'
  | 'front-three-quarter'
  | 'rear-three-quarter'
  | 'badge'
  | 'none';

export type DocumentKind =
  | 'spid_sheet'
  | 'title'
  | 'registration'
  | 'license'
  | 'receipt'
  | 'manual'
  | 'window_sticker'
  | 'other';

/** `name` is Rekognition's word for it. */
export interface Part {
  name: string;
  box: Box;
}

export interface Damage {
  kind: 'rust' | 'dent' | 'scratch' | 'dirt' | 'fading';
  /** Where, as fractions of the picture's width and height. */
  x: number;
  y: number;
  size: number;
}

/** Pure and stable: the same number is always the same shot. */
export function shotOf(number: number): Shot {
  const choose = dice('shot', number);
  const look = lookOf(vehicleOf(number));
  const scene = sceneOf(choose, number);
  const lettering = LETTERED.has(scene) && choose.chance(0.05);
  const angle = scene !== 'exterior' ? 'none' : lettering ? 'badge' : choose.pick(ANGLES);
  const mirrored = choose.chance(0.5);
  const parts = partsOf(scene, angle, choose);
  return {
    number,
    look,
    scene,
    angle,
    mirrored,
    lettering,
    document: scene === 'document' ? choose.pick(DOCUMENT_KINDS) : null,
    aspect: choose.pick([4 / 3, 4 / 3, 3 / 2]),
    parts: mirrored ? parts.map(mirror) : parts,
    damage: scene === 'document' ? [] : damageOf(choose, scene, look.state),
  };
}

/** The first photo of a vehicle is an exterior, as people do it. */
function sceneOf(choose: Dice, number: number): Scene {
  const scene = choose.pick(SCENES);
  return number % PHOTOS_PER_VEHICLE === 1 ? 'exterior' : scene;
}

const SCENES: readonly Scene[] = [
  ...Array<Scene>(10).fill('exterior'),
  ...Array<Scene>(4).fill('interior'),
  ...Array<Scene>(3).fill('engine'),
  ...Array<Scene>(2).fill('undercarriage'),
  ...Array<Scene>(3).fill('document'),
];

const LETTERED = new Set<Scene>(['exterior', 'interior', 'engine']);

const ANGLES = ['front', 'rear', 'side', 'front-three-quarter', 'rear-three-quarter'] as const;

const DOCUMENT_KINDS: readonly DocumentKind[] = [
  ...Array<DocumentKind>(6).fill('spid_sheet'),
  'title',
  'title',
  'registration',
  'license',
  'receipt',
  'receipt',
  'manual',
  'window_sticker',
  'other',
];

/** Parts with their place for a vehicle that looks to the left; x, y, width, height in percent. */
type Place = readonly [name: string, x: number, y: number, width: number, height: number];

const PLACES: Record<Exclude<Scene, 'exterior' | 'document'> | Exclude<Angle, 'none'>, readonly Place[]> = {
  front: [
    ['Car', 20, 26, 60, 58],
    ['Headlight', 24, 50, 11, 11],
    ['Headlight', 65, 50, 11, 11],
    ['Grille', 37, 51, 26, 11],
    ['Bumper', 21, 65, 58, 9],
    ['License Plate', 44, 66, 12, 6],
  ],
  rear: [
    ['Car', 20, 26, 60, 58],
    ['Tail Light', 22, 50, 13, 8],
    ['Tail Light', 65, 50, 13, 8],
    ['Bumper', 21, 65, 58, 9],
    ['License Plate', 43, 53, 14, 7],
  ],
  side: [
    ['Car', 8, 34, 84, 46],
    ['Wheel', 17, 61, 14, 19],
    ['Wheel', 68, 61, 14, 19],
    ['Headlight', 8, 55, 3, 6],
    ['Tail Light', 89, 54, 3, 7],
  ],
  'front-three-quarter': [
    ['Car', 10, 28, 80, 56],
    ['Headlight', 12, 53, 7, 9],
    ['Headlight', 34, 55, 9, 10],
    ['Grille', 20, 55, 13, 10],
    ['Bumper', 10, 67, 36, 9],
    ['License Plate', 22, 69, 9, 5],
    ['Wheel', 46, 62, 13, 22],
    ['Wheel', 77, 57, 9, 17],
  ],
  'rear-three-quarter': [
    ['Car', 10, 28, 80, 56],
    ['Tail Light', 12, 53, 7, 8],
    ['Tail Light', 35, 55, 8, 9],
    ['Bumper', 10, 67, 36, 9],
    ['License Plate', 22, 58, 10, 6],
    ['Wheel', 46, 62, 13, 22],
    ['Wheel', 77, 57, 9, 17],
  ],
  badge: [['Emblem', 18, 40, 64, 18]],
  interior: [
    ['Dashboard', 3, 36, 94, 26],
    ['Steering Wheel', 14, 38, 30, 40],
    ['Car Seat', 6, 70, 34, 29],
    ['Car Seat', 60, 70, 34, 29],
    ['Gear Shift', 46, 64, 7, 18],
  ],
  engine: [
    ['Engine', 24, 26, 52, 56],
    ['Radiator', 20, 84, 60, 10],
    ['Battery', 79, 52, 15, 20],
  ],
  undercarriage: [
    ['Axle', 10, 60, 80, 12],
    ['Exhaust', 58, 12, 12, 46],
    ['Suspension', 16, 42, 11, 26],
    ['Suspension', 73, 42, 11, 26],
    ['Wheel', 1, 46, 11, 40],
    ['Wheel', 88, 46, 11, 40],
  ],
};

/** The whole composition moves and grows a little from photo to photo. */
function partsOf(scene: Scene, angle: Angle, choose: Dice): Part[] {
  if (scene === 'document') return [];
  const places = PLACES[scene === 'exterior' ? (angle as Exclude<Angle, 'none'>) : scene];
  const scale = choose.real(0.94, 1, 3);
  const left = choose.real(-0.02, 0.06, 3);
  const top = choose.real(-0.02, 0.05, 3);
  return places.map(([name, x, y, width, height]) => ({
    name,
    box: {
      left: round(inside((x / 100) * scale + left, (width / 100) * scale)),
      top: round(inside((y / 100) * scale + top, (height / 100) * scale)),
      width: round((width / 100) * scale),
      height: round((height / 100) * scale),
    },
  }));
}

function inside(start: number, length: number): number {
  return Math.min(Math.max(start, 0.001), 0.999 - length);
}

function mirror({ name, box }: Part): Part {
  return { name, box: { ...box, left: round(1 - box.left - box.width) } };
}

function round(value: number): number {
  return Number(value.toFixed(4));
}

function damageOf(choose: Dice, scene: Scene, state: number): Damage[] {
  const count = Math.max(0, Math.round((100 - state) / 14) + choose.int(-1, 1));
  const kinds: Damage['kind'][] =
    scene === 'interior' ? ['scratch', 'dirt', 'fading'] : ['rust', 'dent', 'scratch', 'dirt', 'fading'];
  return Array.from({ length: count }, () => ({
    kind: choose.pick(kinds),
    x: choose.real(0.2, 0.8, 3),
    y: choose.real(0.4, 0.75, 3),
    size: choose.real(0.01, 0.06, 3),
  }));
}

/** Instances by name, in the order of the parts. */
export function instancesOf(parts: Part[], choose: Dice): Map<string, DetectedLabel['instances']> {
  const found = new Map<string, DetectedLabel['instances']>();
  for (const { name, box } of parts) {
    const confidence = choose.real(80, 99.9, 2);
    found.set(name, [...(found.get(name) ?? []), { confidence, box }]);
  }
  return found;
}
