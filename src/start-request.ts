import type { Survey } from './backfills/define.ts';
import { NO_COUNTS } from './domain/counts.ts';
import type { CostInterval } from './domain/estimate.ts';
import type { JsonObject } from './domain/json.ts';
import type { Selection } from './domain/page.ts';
import type { Run } from './domain/run.ts';
import { DEFAULT_SETTINGS, type RunSettings } from './domain/settings.ts';
import type { NewRun } from './stores/ledger/runs.ts';

export interface StartRequest {
  backfill: string;
  /** The backfill's own options, as its schema takes them. */
  options: JsonObject;
  selection: Pick<Selection, 'only' | 'unit' | 'order' | 'quarantined'>;
  /** Just these items. */
  ids?: string[];
  /** At most so many items. */
  limit?: number;
  /** What a person was told that it will cost; the report compares with it. */
  estimated?: CostInterval;
  settings?: Partial<Omit<RunSettings, 'options'>>;
}

/** One open run per backfill: Temporal refuses a second workflow of the same id. */
export function workflowIdOf(backfill: string): string {
  return `backfill/${backfill}`;
}

/** Enough of a run to read with, before there is one. */
export function asRun(request: StartRequest): Pick<Run, 'backfill' | 'settings'> {
  return { backfill: request.backfill, settings: settingsOf(request) };
}

function settingsOf(request: StartRequest): RunSettings {
  return { ...DEFAULT_SETTINGS, ...request.settings, options: request.options };
}

/** The run that the ledger is to know. Everything fixed here stays, whatever becomes of the data meanwhile. */
export function plannedRun(runId: string, request: StartRequest, survey: Survey): NewRun {
  const skipped = Object.values(survey.skipped).reduce((sum, amount) => sum + amount, 0);
  return {
    runId,
    backfill: request.backfill,
    workflowId: workflowIdOf(request.backfill),
    selection: survey.selection,
    settings: settingsOf(request),
    units: survey.units,
    ...(request.estimated && { estimated: request.estimated }),
    counts: { ...NO_COUNTS, total: survey.items + skipped, skipped },
    classes: survey.skipped,
    createdAt: new Date().toISOString(),
  };
}
