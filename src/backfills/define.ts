import type { Pool } from 'pg';
import type { z } from 'zod';
import type { Ask, ExpectedCall } from '../domain/call.ts';
import type { Change } from '../domain/change.ts';
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
  /** Raise it whenever what is asked or written changes: a run that was approved goes on with no other version. */
  version: string;
  /** The options that only this backfill has; each becomes a flag. */
  options: Options;
  /** What items ask as a rule: what an estimate without a sample is made of, and what an approval pins. */
  expects(options: z.infer<Options>): ExpectedCall[];
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
  /**
   * Items spread evenly over units, and over the kinds that rows tell of, chosen by `seed`; all where there are no
   * more than `size`. Reads only, from a target that may lack all that `prepare` adds.
   */
  sample(request: SampleRequest): Promise<Item[]>;
  /**
   * Keeps the order that the selection asks for in the journal's list of the run's items. Called once, before the run
   * starts, and only for selections with an `order`, which `survey` has found valid.
   */
  fixOrder?(request: Omit<SampleRequest, 'size' | 'seed'>): Promise<void>;
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

export interface SampleRequest {
  runId: string;
  selection: Selection;
  /** The run's list, where the journal does not have it yet. */
  ids?: readonly string[] | undefined;
  size: number;
  /** The same seed chooses the same items of the same rows. */
  seed: number;
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
