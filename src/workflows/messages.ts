import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Counts } from '../domain/counts.ts';
import type { PauseReason } from '../domain/page.ts';
import type { Tuning } from '../domain/tuning.ts';

/** Who asks, for the history. */
export interface Asked {
  by: string;
}

export const pauseSignal = defineSignal<[Asked]>('pause');
export const resumeSignal = defineSignal<[Asked]>('resume');

/** Lets a run go on after its canary. Rejected where none waits for it. */
export const approveUpdate = defineUpdate<void, [Asked]>('approve');

/** Changes settings of the run. Rejected with the reason where that cannot be; otherwise tells what has changed. */
export const tuneUpdate = defineUpdate<string[], [Asked & { tuning: Tuning }]>('tune');

/** What the parent knows: counters of children that ended, or returned. The ledger knows the exact ones. */
export interface Progress {
  runId: string;
  state: 'running' | 'pausing' | 'paused' | 'awaiting-approval' | 'cancelling' | 'finishing';
  reason: PauseReason | null;
  counts: Counts;
  scopes: { active: number; ended: number };
}

export const progressQuery = defineQuery<Progress>('progress');
