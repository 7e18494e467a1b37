import type { Tier1 } from '../../backfills/context-tiers/answers.ts';
import type { Angle, Scene } from '../sample/places.ts';
import { type Dice, dice } from '../sample/random.ts';
import type { Shot } from '../sample/shot.ts';
import { componentsOf } from './components.ts';

/** What the first tier answers about a shot. */
export function tier1Of(shot: Shot): Tier1 {
  const choose = dice('tier-1', shot.number);
  return {
    angle: shot.scene === 'exterior' ? ANGLES[shot.angle] : SCENES[shot.scene].angle,
    category: SCENES[shot.scene].category,
    components_visible: componentsOf(shot),
    condition_glance: shot.scene === 'document' ? 'not_applicable' : glanceOf(shot.look.state),
    image_quality: isSufficient(shot) ? sharp(choose) : wanting(choose),
  };
}

/** Single parts can be told, as on seven photos of ten that show the vehicle; a document has none. */
export function isSufficient({ number, scene }: Shot): boolean {
  return scene !== 'document' && dice('detail', number).chance(SUFFICIENT);
}

const SUFFICIENT = 0.71;

function sharp(choose: Dice): Tier1['image_quality'] {
  const overall_score = choose.real(6.5, 10);
  return {
    lighting: choose.pick(['good', 'good', 'fair'] as const),
    focus: 'sharp',
    sufficient_for_detail: true,
    suitable_for_expert: overall_score > 9,
    overall_score,
  };
}

function wanting(choose: Dice): Tier1['image_quality'] {
  return {
    lighting: choose.pick(['fair', 'poor'] as const),
    focus: choose.pick(['soft', 'blurred'] as const),
    sufficient_for_detail: false,
    suitable_for_expert: false,
    overall_score: choose.real(1, 6),
  };
}

function glanceOf(state: number): string {
  if (state >= 85) return 'like_new';
  if (state >= 65) return 'light_wear';
  return state >= 35 ? 'average_wear' : 'heavy_wear';
}

const ANGLES: Record<Angle, string> = {
  front: 'front',
  rear: 'rear',
  side: 'side',
  'front-three-quarter': 'front_3quarter',
  'rear-three-quarter': 'rear_3quarter',
  badge: 'close_up',
  none: 'unknown',
};

const SCENES: Record<Scene, { angle: string; category: string }> = {
  exterior: { angle: 'unknown', category: 'exterior_body' },
  interior: { angle: 'cabin', category: 'interior' },
  engine: { angle: 'engine_bay', category: 'engine_bay' },
  undercarriage: { angle: 'underside', category: 'undercarriage' },
  document: { angle: 'document', category: 'document' },
};
