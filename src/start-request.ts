import type { Survey } from './backfills/define.ts';
import { NO_COUNTS } from './domain/counts.ts';
import type { JsonObject } from './domain/json.ts';
import type { Selection } from './domain/page.ts';
import type { Run } from './domain/run.ts';
import { DEFAULT_SETTINGS, type RunSettings } from './domain/settings.ts';

export interface StartRequest {
  backfill: string;
  /** The backfill's own options, as its schema takes them. */
  options: JsonObject;
  selection: Pick<Selection, 'only' | 'unit'>;
  /** Just these items. */
  ids?: string[];
  /** At most so many items. */
  limit?: number;
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
export function plannedRun(runId: string, request: StartRequest, survey: Survey): Omit<Run, 'state'> {
  const skipped = Object.values(survey.skipped).reduce((sum, amount) => sum + amount, 0);
  return {
    runId,
    backfill: request.backfill,
    workflowId: workflowIdOf(request.backfill),
    reason: null,
    selection: survey.selection,
    settings: settingsOf(request),
    units: survey.units,
    counts: { ...NO_COUNTS, total: survey.items + skipped, skipped },
    classes: survey.skipped,
    available: 0,
    holds: {},
    spent: 0,
    spentBy: {},
    unknownHeld: 0,
    unknownCalls: 0,
    createdAt: new Date().toISOString(),
  };
}
