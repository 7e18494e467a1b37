import { vehicleIdOf } from '../sample/identity.ts';
import type { SamplePlan } from '../sample/plan.ts';
import { type Papers, papersOf } from './papers.ts';
import { planTrails, type Trail } from './trails.ts';

/** The papers of every vehicle of a sample, in the order of its vehicles. */
export function planPapers(plan: SamplePlan): Papers[] {
  const photos = Map.groupBy(plan.images, ({ vehicleId }) => vehicleId);
  return rankTrails(plan).map(({ vehicle, trail, rank }) =>
    papersOf({
      vehicle,
      trail,
      rank,
      photos: (photos.get(vehicleIdOf(vehicle)) ?? []).map(({ id }) => id),
    }),
  );
}

function rankTrails(plan: SamplePlan): { vehicle: number; trail: Trail; rank: number }[] {
  const ranks = new Map<Trail, number>();
  return [...planTrails(plan)].map(([vehicle, trail]) => {
    const rank = ranks.get(trail) ?? 0;
    ranks.set(trail, rank + 1);
    return { vehicle, trail, rank };
  });
}
