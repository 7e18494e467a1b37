import { expect } from 'vitest';
import { NO_COUNTS } from '../../src/domain/counts.ts';
import type { Run } from '../../src/domain/run.ts';
import { type ListingTruth, listingsAfter } from './listing-truth.ts';
import { LISTINGS, type Listings, type ListingWorld } from './listing-world.ts';

/** Above 300 units they share children: four of these, with four pages each. */
export const SIZE = { listings: 320, images: [2, 6], seed: 5 } as const;
export const IN_PAGES = { settings: { pack: 80, page: 20 } };

/** Not for a machine at rest: nothing here is about speed. */
export const LONG = 300_000;

/** The run has ended as if nothing had happened: every document, every count, and the journal. */
export async function expectUndisturbed(
  { dump, client, index }: ListingWorld,
  truth: ListingTruth,
  run: Run,
  before: Listings,
): Promise<void> {
  const { documents, written } = listingsAfter(before, truth);
  expect(await dump()).toEqual(documents);
  const total = before.size;
  expect(run.counts).toEqual({ ...NO_COUNTS, total, written, skipped: total - written });
  const summary = await client.surroundings.journalOf(LISTINGS).summary(run.runId);
  expect(summary).toMatchObject([{ table: index, rows: written }]);
}

/** All that the run wrote is taken back, and nothing else. */
export async function expectRolledBack(world: ListingWorld, run: Run, before: Listings): Promise<void> {
  const { written } = run.counts;
  const rollback = await world.rollBack(run, LONG);
  expect(rollback.counts).toEqual({ ...NO_COUNTS, total: written, written });
  expect(await world.dump()).toEqual(before);
}
