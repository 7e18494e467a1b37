import type { PauseReason } from '../domain/page.ts';
import type { Run } from '../domain/run.ts';
import { formatDuration } from './duration.ts';

/** A state as people say it: `paused (paused by ann)`, `awaiting approval`, `running`. */
export function stateInWords(
  { state, reason }: Pick<Run, 'state' | 'reason'>,
  now: number = Date.now(),
): string {
  const name = state.replace('-', ' ');
  const waits = state === 'pausing' || state === 'paused';
  return waits && reason ? `${name} (${reasonInWords(reason, now)})` : name;
}

/** What happened, and when it passes by itself. */
export function reasonInWords({ message, until }: PauseReason, now: number = Date.now()): string {
  if (until === undefined) return message;
  return `${message}; resumes by itself at ${formatTime(until)}${until > now ? `, in ${formatDuration(until - now)}` : ''}`;
}

/** `2026-11-22 00:00 UTC` */
export function formatTime(at: number | string): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
