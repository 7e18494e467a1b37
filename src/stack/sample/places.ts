import type { Box } from '../../vision/vision.ts';
import type { Dice } from './random.ts';

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

/** `name` is Rekognition's word for it. */
export interface Part {
  name: string;
  box: Box;
}

interface View {
  scene: Scene;
  angle: Angle;
  /** The vehicle's front is to the right. */
  mirrored: boolean;
}

/** The parts that are in view, and where. */
export function partsOf({ scene, angle, mirrored }: View, choose: Dice): Part[] {
  const parts = placed(scene, angle, choose);
  return mirrored ? parts.map(mirror) : parts;
}

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
function placed(scene: Scene, angle: Angle, choose: Dice): Part[] {
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
