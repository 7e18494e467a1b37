import type { FailureClass } from '../../domain/failure.ts';
import { fileSample } from './files.ts';
import { type PlannedImage, planSample, type SampleSize } from './plan.ts';
import { fillTables } from './tables.ts';

export interface SampleOptions extends SampleSize {
  databaseUrl: string;
  /** Where the photos are kept; what is there already is not drawn again. */
  dir: string;
  /** Told now and then what goes on. */
  say?: (line: string) => void;
}

export interface SampleSummary {
  vehicles: number;
  /** Images with a vehicle. */
  images: number;
  never: number;
  partly: number;
  fully: number;
  withoutVehicle: number;
  /** Rows whose file is an exact copy of another row's. */
  copies: number;
  planted: { id: string; name: string; failure: FailureClass | null }[];
  /** Files written by this call, and those that were there. */
  drawn: number;
  kept: number;
}

/**
 * Draws the photos and fills `vehicles`, `vehicle_images` and the tables of the vehicles' papers. Rows that are
 * there stay as they are, so that doing it again changes nothing. Throws UsageError where the images or vehicles
 * there are not the sample's.
 */
export async function generateSample(options: SampleOptions): Promise<SampleSummary> {
  const { databaseUrl, dir, say = () => {} } = options;
  const plan = planSample(options);
  const files = await fileSample({ images: plan.images, dir, say });
  const others = await fillTables({ plan, databaseUrl, dir });
  if (others.length > 0) say(`${others.join(', ')}: left as they are, for the sample did not make them`);
  const owned = plan.images.filter(({ vehicleId }) => vehicleId !== null);
  const count = (holds: (image: PlannedImage) => boolean) => owned.filter(holds).length;
  return {
    vehicles: plan.vehicles.length,
    images: owned.length,
    never: count(({ analysis }) => analysis === 'never'),
    partly: count(({ analysis }) => analysis === 'partly'),
    fully: count(({ analysis }) => analysis === 'fully'),
    withoutVehicle: plan.images.length - owned.length,
    copies: count(({ copyOf }) => copyOf !== null),
    planted: owned.flatMap(({ id, plant }) =>
      plant ? [{ id, name: plant.name, failure: plant.failure }] : [],
    ),
    ...files,
  };
}
