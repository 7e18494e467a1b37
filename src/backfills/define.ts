import type { Pool } from 'pg';
import type { z } from 'zod';
import type { Ask } from '../domain/call.ts';
import type { Change } from '../domain/change.ts';
import type { Nanodollars } from '../domain/money.ts';
import type { Position, Scope, Selection } from '../domain/page.ts';
import type { Journal } from '../stores/journal.ts';
import type { Vision } from '../vision/vision.ts';

/** What a backfill is opened with. */
export interface Surroundings {
  postgres: Pool;
  vision: Vision;
  journal: Journal;
}

/** One backfill: a folder that says where items come from, what is asked, and what is written. */
export interface BackfillDefinition<Options extends z.ZodObject = z.ZodObject> {
  name: string;
  summary: string;
  /** The options that only this backfill has; each becomes a flag. */
  options: Options;
  /** What one item costs as a rule, in nanodollars: what an estimate without a sample is made of. */
  typicalCost: Nanodollars;
  open(surroundings: Surroundings, options: z.infer<Options>): Backfill;
}

export interface Backfill {
  /**
   * Reads only. Tells what {@link prepare} would add to the target, in words for a person. Throws UsageError
   * with a hint where the target cannot take what would be written.
   */
  check(): Promise<string[]>;
  /** Adds to the target what is missing, never destroys. Throws UsageError with a hint. */
  prepare(): Promise<void>;
  source: Source;
  process(item: Item, ask: Ask): Promise<Processed>;
  /** Reads only. Tables for a person, from the target itself. */
  verify(): Promise<VerifyTable[]>;
}

export interface Item {
  id: string;
  unit: string;
  /** The row as the source read it; only the backfill that read it knows its shape. */
  row: unknown;
}

export interface Source {
  /**
   * Counts what the selection holds now, and fixes what the run will be about. Reads only, from a target that
   * may lack all that `prepare` adds. `ids`: the run's list, which the journal does not have yet.
   */
  survey(runId: string, selection: Selection, limit?: number, ids?: readonly string[]): Promise<Survey>;
  /** The units after `after`, in order, each with how many items the selection has in it. */
  units(runId: string, selection: Selection, after: string | null, limit: number): Promise<UnitSize[]>;
  /** Items of the scope after a position, in order, `limit` at most. */
  read(request: ReadRequest): Promise<Item[]>;
  /** These items, selected or not, in any order; those that are gone are left out. */
  readByIds(runId: string, ids: readonly string[]): Promise<Item[]>;
}

export interface Survey {
  items: number;
  units: number;
  /** Rows that match but can never be worked on, by class: `no-vehicle`. They are counted as skipped. */
  skipped: Record<string, number>;
  /** The selection to run with: as given, with `until` where a limit was asked for. */
  selection: Selection;
}

export interface UnitSize {
  unit: string;
  items: number;
}

export interface ReadRequest {
  runId: string;
  selection: Selection;
  scope: Scope;
  after: Position | null;
  limit: number;
}

export type Processed = { kind: 'write'; changes: Change[] } | { kind: 'skip'; class: string };

export interface VerifyTable {
  title: string;
  columns: string[];
  rows: (string | number | null)[][];
  /** Present when the table is a check; false fails `verify`. */
  passed?: boolean;
}
