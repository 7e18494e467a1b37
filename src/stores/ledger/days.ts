import type { Nanodollars } from '../../domain/money.ts';
import type { Hold } from '../../domain/run.ts';
import type { Table } from './table.ts';

/** What all runs together spend on one UTC day. */
export interface DayBudget {
  /** `2026-11-21` */
  day: string;
  /** Null: none. */
  cap: Nanodollars | null;
  spent: Nanodollars;
  held: Nanodollars;
}

/**
 * One item per UTC day, with spending and holds like a run's; the cap is an item of its own, and good for every day
 * from its setting on.
 */
export interface Days {
  /** Of a day; default: today. */
  read(day?: string): Promise<DayBudget>;
  /** Binds pages that begin from now on. Null: no cap. */
  setCap(cap: Nanodollars | null): Promise<void>;
}

export function createDays(_table: Table): Days {
  throw new Error('being built');
}
