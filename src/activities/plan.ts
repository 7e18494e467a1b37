import { packUnits } from '../domain/packing.ts';
import type { PauseReason, Scope } from '../domain/page.ts';
import { type Deps, runOf } from './deps.ts';
import { pauseReasonOf } from './pause-reason.ts';

export interface PlanInput {
  runId: string;
  /** Last unit that belongs to an earlier scope. */
  after: string | null;
  /** Scopes so far; numbers the packs. */
  scopes: number;
}

export interface ScopePage {
  scopes: Scope[];
  /** No units follow. */
  exhausted: boolean;
  /** Why planning cannot go on. */
  pause?: PauseReason;
}

/** Units read, and scopes told, per call: small, because they go into the history. */
const UNITS_PER_READ = 5_000;
const SCOPES_PER_PLAN = 50;

export async function planScopes(deps: Deps, input: PlanInput): Promise<ScopePage> {
  try {
    return await readScopes(deps, input);
  } catch (error) {
    const pause = pauseReasonOf(error);
    if (pause) return { scopes: [], exhausted: false, pause };
    throw error;
  }
}

async function readScopes(deps: Deps, input: PlanInput): Promise<ScopePage> {
  const run = await runOf(deps, input.runId);
  const { source } = await deps.open(run);
  const limit = run.settings.pack > 1 ? UNITS_PER_READ : SCOPES_PER_PLAN;
  const units = await source.units(run.runId, run.selection, input.after, limit);
  const exhausted = units.length < limit;
  const scopes = packUnits(units, { ...run, firstNumber: input.scopes, complete: exhausted });
  return {
    scopes: scopes.slice(0, SCOPES_PER_PLAN),
    exhausted: exhausted && scopes.length <= SCOPES_PER_PLAN,
  };
}
