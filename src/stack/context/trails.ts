import { wasAnalysed } from '../sample/earlier-analysis.ts';
import type { PlannedImage, SamplePlan } from '../sample/plan.ts';
import { shotOf } from '../sample/shot.ts';
import { vehicleOf } from '../sample/vehicle.ts';
import { isSufficient } from './tier-1.ts';

/**
 * A vehicle's paper trail, by the points that it is worth: `scarce` under 10, `usual` 10 to 19, `logged` 20 by events
 * alone, `good` 30 to 49, `complete` 60 and more. A photo that was analysed before has 10 more, so that those of a
 * scarce vehicle count as of a usual one, and those of a logged vehicle as of a good one.
 */
export type Trail = 'scarce' | 'usual' | 'logged' | 'good' | 'complete';

/** By number of vehicle, as much of each as the known database has; from eight vehicles on, one of each at least. */
export function planTrails({ vehicles, images }: SamplePlan): Map<number, Trail> {
  const asked = images.filter(isAsked);
  const photos = Map.groupBy(asked, ({ number }) => vehicleOf(number));
  const trails = new Map<number, Trail>(vehicles.map((vehicle) => [vehicle, 'usual']));
  for (const wanted of WANTED) {
    const left = vehicles.filter((vehicle) => trails.get(vehicle) === 'usual');
    const sizes = left.map((vehicle) => ({
      vehicle,
      size: (photos.get(vehicle) ?? []).filter(wanted.counts).length,
    }));
    const room = Math.round((wanted.images * asked.length) / KNOWN);
    for (const vehicle of chosen(sizes, room, wanted, vehicles.length >= FEWEST))
      trails.set(vehicle, wanted.trail);
  }
  return trails;
}

/** A run over what is not fully analysed asks about it: all but the images that must fail. */
export function isAsked({ vehicleId, analysis, plant }: PlannedImage): boolean {
  return vehicleId !== null && analysis !== 'fully' && !plant?.failure;
}

/** The images of the known database that are not fully analysed. */
const KNOWN = 2_734;

/** Fewer vehicles have room for the cheapest trails only. */
const FEWEST = 8;

interface Wanted {
  trail: Exclude<Trail, 'usual'>;
  /** How many images of the known database it makes take its route, and which ones these are. */
  images: number;
  counts(image: PlannedImage): boolean;
  /** One vehicle has so much of them at most. */
  share: number;
  /** Vehicles without such an image have this trail as well. */
  free?: boolean;
}

const hasParts = ({ number }: PlannedImage) => isSufficient(shotOf(number));

const WANTED: readonly Wanted[] = [
  { trail: 'complete', images: 16, counts: hasParts, share: 1 / 2 },
  { trail: 'good', images: 12, counts: hasParts, share: 1 / 2 },
  { trail: 'scarce', images: 220, counts: (image) => !wasAnalysed(image), share: 1 / 8 },
  {
    trail: 'logged',
    images: 12,
    counts: (image) => wasAnalysed(image) && hasParts(image),
    share: 1 / 4,
    free: true,
  },
];

interface Sized {
  vehicle: number;
  size: number;
}

/** Vehicle after vehicle while there is room; the smallest where none fits and one is needed. */
function chosen(sizes: readonly Sized[], room: number, wanted: Wanted, needed: boolean): number[] {
  const found: number[] = [];
  let left = room;
  for (const { vehicle, size } of sizes) {
    if (size > Math.min(left, room * wanted.share) || (size === 0 && !wanted.free)) continue;
    found.push(vehicle);
    left -= size;
  }
  const smallest = sizes.filter(({ size }) => size > 0).sort((a, b) => a.size - b.size)[0];
  return found.length === 0 && needed && smallest ? [smallest.vehicle] : found;
}
