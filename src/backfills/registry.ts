import { UsageError } from '../domain/failure.ts';
import { contextTiers } from './context-tiers/index.ts';
import type { BackfillDefinition } from './define.ts';
import { imageQuality } from './image-quality/index.ts';
import { listingFeatures } from './listing-features/index.ts';
import { vehicleImages } from './vehicle-images/index.ts';
import { zipPredictions } from './zip-predictions/index.ts';

export const BACKFILLS: readonly BackfillDefinition[] = [
  vehicleImages,
  contextTiers,
  imageQuality,
  listingFeatures,
  zipPredictions,
];

/** Throws UsageError for a name that is none of `backfills`. */
export function definitionOf(name: string, backfills = BACKFILLS): BackfillDefinition {
  const definition = backfills.find((one) => one.name === name);
  if (definition) return definition;
  const names = backfills.map((one) => one.name).join(', ');
  throw new UsageError(`there is no backfill called '${name}'`, `choose one of: ${names}`);
}
