import type { JsonObject } from '../../domain/json.ts';
import type { Journal } from '../journal.ts';

/**
 * The journal of backfills whose results are files. What pages write are rows, kept here until a unit is complete; then
 * its file appears as a whole.
 */
export interface FileJournal extends Journal {
  /** Keeps what the run is about, in its order. Called once, before the run starts. */
  keepUnits(runId: string, units: readonly PlannedUnit[]): Promise<void>;
  /** In the run's order; empty for a run that has no list. */
  units(runId: string, range: UnitRange): Promise<PlannedUnit[]>;
  /** Those of `items` that are on the run's own list. */
  listed(runId: string, items: readonly string[]): Promise<string[]>;
  /** Units all of whose items have a final result, and whose file is not there yet. */
  completeUnits(runId: string): Promise<string[]>;
  /** What became of every item of a unit, by item. */
  outcomes(runId: string, unit: string): Promise<Map<string, UnitOutcome>>;
  /**
   * Moves a finished file into its place, durably, and says so in the journal. A file that is there already stays, and
   * the unit is refused with {@link PlaceTaken}; `replace` keeps it aside instead. Done twice it is done once. What other
   * attempts of the run have left of the temporary goes. Throws RunClosed and {@link PlaceInUse}: nothing was moved.
   */
  publish(file: NewFile): Promise<void>;
  /** Runs `work` while no other process writes: for files beside the journal that several of them add to. */
  alone<T>(work: () => T): Promise<T>;
  /** The run's files that are not rolled back, in the order of making. */
  files(runId: string): Promise<MadeFile[]>;
}

export interface PlannedUnit {
  unit: string;
  /** That the unit has, by its source; 0 for one that cannot be read. */
  items: number;
  /** That the run works on. Fewer where it was limited: then no file comes of it. */
  planned: number;
}

/** What became of an item: its row, or why it has none. */
export type UnitOutcome = { row: JsonObject } | { row: null; status: string; class: string; message: string };

/** From one unit to another, both included. */
export interface UnitRange {
  first?: string;
  last?: string;
}

export interface NewFile {
  runId: string;
  unit: string;
  /** Beside the place that it will have: `{path}.{runId}-{attempt}.unfinished`. */
  temporary: string;
  path: string;
  rows: number;
  /** Where to keep the file that is in its place; absent: there must be none. */
  replace?: string | undefined;
}

export interface MadeFile {
  unit: string;
  path: string;
  sha256: string;
  rows: number;
}

/** A file is where one was to appear, and nobody said to replace it. */
export class PlaceTaken extends Error {
  override name = 'PlaceTaken';
}

/** SQLite keeps changes beside the file: a program has it open, or died over it. */
export class PlaceInUse extends Error {
  override name = 'PlaceInUse';
}
