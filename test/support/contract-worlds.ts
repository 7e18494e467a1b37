import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { openBirdWorld, QUALITY } from './bird-world.ts';
import { LISTINGS, openListingWorld } from './listing-world.ts';
import { openPredictionWorld, PREDICTIONS, rowsOf } from './prediction-world.ts';
import type { Runs } from './runs.ts';
import { openSimulator } from './vehicle-simulator.ts';
import { BACKFILL, openVehicleWorld } from './vehicle-world.ts';

/** Data of a backfill, and runs over it. */
export interface ContractWorld extends Runs {
  /** All that the backfill may write. */
  dump(): Promise<unknown>;
  /** What a dump has to say whichever run made it, and when. */
  outcome(dump: unknown): unknown;
}

export interface Subject {
  /** The same data each time, with answers of its own: nothing was bought before. */
  open(): Promise<ContractWorld>;
  /** Paid calls, by whatever provider; null: it asks nobody. */
  arrivals: (() => Promise<number>) | null;
}

/** A few dozen items of each backfill, at providers that take their time. */
export const SUBJECTS: Record<string, Subject> = {
  [BACKFILL]: { open: () => vehicles(BACKFILL), arrivals },
  'context-tiers': { open: () => vehicles('context-tiers'), arrivals },
  [QUALITY]: {
    async open() {
      const world = await openBirdWorld(40);
      await world.simulator.set({ latencyMs: 100 });
      return { ...world, outcome: withoutMoments };
    },
    arrivals,
  },
  [LISTINGS]: {
    async open() {
      const world = await openListingWorld({ listings: 60, images: [2, 4], seed: 3 });
      return { ...world, outcome: (dump) => dump };
    },
    arrivals: null,
  },
  [PREDICTIONS]: {
    async open() {
      const world = await openPredictionWorld({ oneIn: 600 });
      const folder = path.dirname(world.database('any'));
      return { ...world, dump: async () => databasesIn(folder), outcome: withoutMoments };
    },
    arrivals: null,
  },
};

async function vehicles(backfill: string) {
  const world = await openVehicleWorld({ backfill, images: 40, vehicles: 5, seed: 41 });
  await world.simulator.set({ latencyMs: 100 });
  return { ...world, outcome: withoutMoments };
}

async function arrivals(): Promise<number> {
  return (await openSimulator().calls()).length;
}

/** Nor what depends on which of two copies was looked at first, or in which folder a world is. */
function withoutMoments(dump: unknown): unknown {
  const volatile = /^(scanned_at|judged_at|scored_at|ai_last_scanned|image_url|url|source|processing_cost)$/;
  return JSON.parse(
    JSON.stringify(dump, (key, value) => (volatile.test(key) && value !== null ? 'there' : value)),
  );
}

function databasesIn(folder: string): Record<string, unknown> {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.db')) : [];
  return Object.fromEntries(names.sort().map((name) => [name, rowsOf(path.join(folder, name))]));
}
