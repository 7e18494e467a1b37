import { dice } from '../sample/random.ts';
import type { Trail } from './trails.ts';

/** How many papers of each kind a vehicle has. */
export interface Holdings {
  receipts: number;
  events: number;
  /** Factory manuals. */
  manuals: number;
  /** Other documents to look things up in, which are worth no points. */
  brochures: number;
  /** SPID sheets that a person typed in. */
  sheets: number;
  /** Tags that a person gave to its photos. */
  tags: number;
}

/** Of the vehicle that is the `rank`-th of its trail, counted from 0. */
export function holdingsOf(vehicle: number, trail: Trail, rank: number): Holdings {
  const variants = VARIANTS[trail];
  const more = trail === 'logged' ? dice('log', vehicle).int(0, 20) : 0;
  const held = { ...NONE, ...variants[rank % variants.length] };
  return { ...held, events: held.events + more };
}

const NONE: Holdings = { receipts: 0, events: 0, manuals: 0, brochures: 0, sheets: 0, tags: 0 };

/** With the points that they are worth. */
const VARIANTS: Record<Trail, readonly Partial<Holdings>[]> = {
  scarce: [
    { receipts: 1, events: 1 }, // 8
    {}, // 0
    { events: 3 }, // 9
    { brochures: 2 }, // 0
    { receipts: 1, brochures: 1 }, // 5
    { events: 1 }, // 3
  ],
  usual: [
    { receipts: 2, events: 2 }, // 16
    { receipts: 2 }, // 10
    { events: 10 }, // 15: eleven would be worth five more
    { manuals: 1 }, // 15
    { receipts: 1, events: 3 }, // 14
    { manuals: 1, events: 1 }, // 18
    { receipts: 3, brochures: 1 }, // 15
    { receipts: 2, events: 3 }, // 19
    { events: 4 }, // 12
  ],
  logged: [{ events: 51 }], // 20
  good: [
    { sheets: 1, events: 12 }, // 40
    { manuals: 1, receipts: 3 }, // 30
    { receipts: 5, events: 3, tags: 3 }, // 40
    { sheets: 1, manuals: 1, tags: 2 }, // 39
    { manuals: 1, events: 14, brochures: 1 }, // 35
  ],
  complete: [
    { sheets: 1, manuals: 1, receipts: 5, tags: 2 }, // 64
    { manuals: 1, receipts: 6, events: 12 }, // 60
    { sheets: 1, manuals: 2, receipts: 7, events: 60, tags: 6 }, // 90
    { sheets: 1, receipts: 5, events: 11 }, // 65
  ],
};
