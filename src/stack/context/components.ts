import type { Angle, Scene } from '../sample/places.ts';
import type { Shot } from '../sample/shot.ts';

/** The parts in view, as `fender_front`; of a pair at the sides, the one that is seen. */
export function componentsOf({ scene, angle, mirrored }: Shot): string[] {
  const side = mirrored ? 'passenger' : 'driver';
  const components = scene === 'exterior' ? OUTSIDE[angle] : ELSEWHERE[scene];
  return components.map((name) => name.replace('SIDE', side));
}

const OUTSIDE: Record<Angle, readonly string[]> = {
  front: ['hood', 'grille', 'headlights', 'bumper_front', 'windshield'],
  rear: ['tailgate', 'tail_lights', 'bumper_rear', 'rear_window'],
  side: ['door_SIDE', 'fender_front', 'quarter_panel', 'wheel', 'rocker_panel'],
  'front-three-quarter': ['hood', 'door_SIDE', 'fender_front', 'wheel', 'grille', 'bumper_front'],
  'rear-three-quarter': ['tailgate', 'door_SIDE', 'quarter_panel', 'wheel', 'tail_lights', 'bumper_rear'],
  badge: ['emblem'],
  none: [],
};

const ELSEWHERE: Record<Exclude<Scene, 'exterior'>, readonly string[]> = {
  interior: ['dashboard', 'steering_wheel', 'seat_driver', 'seat_passenger', 'gear_shift'],
  engine: ['engine_block', 'radiator', 'battery', 'hoses'],
  undercarriage: ['axle', 'exhaust', 'suspension', 'frame'],
  document: [],
};
