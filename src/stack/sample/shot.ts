import type { Angle, Part, Scene } from './places.ts';
import { partsOf } from './places.ts';
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

export type DocumentKind =
  | 'spid_sheet'
  | 'title'
  | 'registration'
  | 'license'
  | 'receipt'
  | 'manual'
  | 'window_sticker'
  | 'other';

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
  const parts = partsOf({ scene, angle, mirrored }, choose);
  return {
    number,
    look,
    scene,
    angle,
    mirrored,
    lettering,
    document: scene === 'document' ? choose.pick(DOCUMENT_KINDS) : null,
    aspect: choose.pick([4 / 3, 4 / 3, 3 / 2]),
    parts,
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
