import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import type { Pool } from 'pg';
import type { z } from 'zod';
import type { Ask, ExpectedCall } from '../domain/call.ts';
import type { Change } from '../domain/change.ts';
import type { Counts } from '../domain/counts.ts';
import type { Json } from '../domain/json.ts';
import type { Nanodollars } from '../domain/money.ts';
import type { Position, Scope, Selection } from '../domain/page.ts';
import type { PriceList } from '../domain/prices.ts';
import type { Run } from '../domain/run.ts';
import type { RunSettings } from '../domain/settings.ts';
import type { FileStore } from '../stores/files.ts';
import type { Journal } from '../stores/journal.ts';
import type { OpenSearchStore } from '../stores/opensearch/store.ts';
import type { Vision } from '../vision/vision.ts';

/** What a backfill is opened with. A server that nothing names throws UsageError when it is first asked for. */
export interface Surroundings {
  readonly postgres: Pool;
  readonly opensearch: OpenSearchStore;
  readonly files: FileStore;
  readonly dynamodb: DynamoDBDocument;
  readonly vision: Vision;
  /** Where the backfill {@link BackfillDefinition.keeps} it. */
  readonly journal: Journal;
}

/** One backfill: a folder that says where items come from, what is asked, and what is written. */
export interface BackfillDefinition<Options extends z.ZodObject = z.ZodObject> {
  name: string;
  summary: string;
  /** Raise it whenever what is asked or written changes: a run that was approved goes on with no other version. */
  version: string;
  /** Where the data is that it writes: its journal is kept beside it. */
  keeps: 'postgres' | 'opensearch' | 'files';
  /**
   * What its data asks of workers, in one word that `backfill worker --queue` takes: only those that see the files, say.
   * Absent: any worker will do.
   */
  queue?: string;
  /** What items that are `cached` came of, in words for a person. Absent: the ledger, where bought answers are. */
  reuses?: string;
  /** The command that tries failed items again. Absent: `backfill retry`. */
  retry?: string;
  /** What `--only` can name beside what is missing, what failed, and all. */
  only?: readonly Exclude<Selection['only'], 'missing' | 'failed' | 'all'>[];
  /** What it can tell beside the usual; each has a hook of {@link Backfill}, `search` the queries of its `verify`. */
  tells?: readonly Telling[];
  /** Larger pages, where items cost little: what a page costs by itself weighs less. */
  pages?: Partial<Pick<RunSettings, 'page' | 'pack'>>;
  /** The options that only this backfill has; each becomes a flag. */
  options: Options;
  /** What items ask as a rule: what an estimate without a sample is made of, and what an approval pins. */
  expects(options: z.infer<Options>): ExpectedCall[];
  /** Prices that its options ask for: over the built-in ones, below those that a user gives. */
  prices?(options: z.infer<Options>): PriceList;
  open(surroundings: Surroundings, options: z.infer<Options>): Backfill;
}

export type Telling = 'coverage' | 'compare' | 'explain' | 'export' | 'outcome' | 'search' | 'trend';

/** In UTC; a week begins on Monday. */
export type Period = 'day' | 'week' | 'month';

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
  verify(request?: VerifyRequest): Promise<VerifyTable[]>;
  /**
   * Makes, of units whose items all have a final result, what is made of a unit as a whole. Called after each page, and again
   * where its receipt is told again: what is made already stays. Throws RunClosed.
   */
  complete?(runId: string): Promise<void>;
  /** Says of a run that has ended, where its users look, what it came to. Idempotent. */
  conclude?(run: ConcludedRun): Promise<void>;
  /** What these items will ask, where the target tells more than the definition can. Reads only. `ids`: the run's list. */
  expects?(survey: Survey, ids?: readonly string[]): Promise<Expectation>;
  /** What a run would be about, for a person. Reads only. */
  plan?(request: PlanRequest): Promise<VerifyTable[]>;
  /** What a run came to, for its report: as the journal has it, so also after later runs, or its rollback. Reads only. */
  outcome?(run: Run): Promise<VerifyTable[]>;
  /** What a run costs beside paid calls, and what it spares. Reads only. */
  sideCosts?(survey: Survey, ids?: readonly string[]): Promise<SideCosts>;
  /** What a run would write into these items, beside what they hold now. Reads only. */
  preview?(ids: readonly string[]): Promise<VerifyTable[]>;
  /** What these items held before a run wrote them, and hold now; any, where none are named. Reads only. */
  compare?(ids: readonly string[] | null, size: number): Promise<VerifyTable[]>;
  /** How much of what the items need is there. Reads only. `size`: of the sample. */
  coverage?(size: number | 'all'): Promise<VerifyTable[]>;
  /** How what the backfill measures goes with time, a row per period, oldest first. Reads only. */
  trend?(by: Period): Promise<VerifyTable[]>;
  /** Why these items hold what they hold. Reads only. Throws UsageError for an id that has no row. */
  explain?(ids: readonly string[]): Promise<VerifyTable[]>;
  /** Where the item's image is, as its row says; null where it does not. */
  referenceOf?(item: Item): string | null;
  /** One field of every item, for a backup: all of them, in the order of their ids. Throws UsageError for no field. */
  exportField?(field: string): AsyncIterable<{ id: string; value: Json }>;
}

export interface Expectation {
  calls: ExpectedCall[];
  /** What of it nobody knows beforehand, in a sentence for a person. */
  assuming?: string;
}

export interface PlanRequest {
  survey: Survey;
  /** The run's list. */
  ids?: readonly string[] | undefined;
  /** What the run would pay, over the built-in prices. */
  prices: PriceList;
}

export interface ConcludedRun {
  runId: string;
  end: 'done' | 'cancelled';
  /** ISO time. */
  startedAt: string;
  counts: Counts;
  classes: Record<string, number>;
}

export interface VerifyRequest {
  /** Searches whose right answers are known. */
  queries?: readonly JudgedQuery[] | undefined;
  /** Chooses spot checks. */
  seed?: number | undefined;
}

export interface JudgedQuery {
  query: string;
  /** The field that holds what the query is about. */
  field: string;
  /** Ids of the items that are right answers. */
  relevant: readonly string[];
}

export interface SideCosts {
  costs: PricedAmount[];
  /** What need not be bought again. */
  spared: PricedAmount[];
}

/** So many things at a price each. */
export interface PricedAmount {
  /** In the plural: `cache reads`. */
  what: string;
  amount: number;
  each: Nanodollars;
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
   * Keeps in the journal which items the run is about and in which order, where the target cannot tell that once the run
   * has begun to write, or where the selection asks for an `order`, which `survey` has found valid. Called once, before
   * the run starts.
   */
  fix?(request: Omit<SampleRequest, 'size' | 'seed'> & { limit?: number | undefined }): Promise<void>;
  /** These items, selected or not, in any order; those that are gone are left out. `selection`: of the run. */
  readByIds(runId: string, ids: readonly string[], selection?: Selection): Promise<Item[]>;
}

export interface Survey {
  items: number;
  units: number;
  /** Rows that match but can never be worked on, by class: `no-vehicle`. They are counted as skipped. */
  skipped: Record<string, number>;
  /** The selection to run with: as given, with `until` where a limit was asked for. */
  selection: Selection;
  /** What a person might take for granted, and will not get. */
  notes?: string[];
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

/** `cached`: it came of what an earlier run has computed. */
export type Processed =
  | { kind: 'write'; changes: Change[]; cached?: boolean }
  | { kind: 'skip'; class: string };

export interface VerifyTable {
  title: string;
  columns: string[];
  rows: (string | number | null)[][];
  /** Present when the table is a check; false fails `verify`. */
  passed?: boolean;
}
