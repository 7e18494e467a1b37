import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Counts } from '../domain/counts.ts';
import type { PauseReason } from '../domain/page.ts';

/** Who asks, for the history. */
export interface Asked {
  by: string;
}

export const pauseSignal = defineSignal<[Asked]>('pause');
export const resumeSignal = defineSignal<[Asked]>('resume');

/** What the parent knows: counters of children that ended, or returned. The ledger knows the exact ones. */
export interface Progress {
  runId: string;
  state: 'running' | 'pausing' | 'paused' | 'cancelling' | 'finishing';
  reason: PauseReason | null;
  counts: Counts;
  scopes: { active: number; ended: number };
}

export const progressQuery = defineQuery<Progress>('progress');
