import { UsageError } from '../domain/failure.ts';
import type { BackfillDefinition } from './define.ts';
import { vehicleImages } from './vehicle-images/index.ts';

export const BACKFILLS: readonly BackfillDefinition[] = [vehicleImages];

export function definitionOf(name: string): BackfillDefinition {
  const definition = BACKFILLS.find((one) => one.name === name);
  if (definition) return definition;
  const names = BACKFILLS.map((one) => one.name).join(', ');
  throw new UsageError(`there is no backfill called '${name}'`, `choose one of: ${names}`);
}
