import { reviewDayPause } from '../domain/day-pause.ts';
import { formatHours, hoursAt } from '../domain/hours.ts';
import type { PauseReason } from '../domain/page.ts';
import type { Run } from '../domain/run.ts';
import type { Deps } from './deps.ts';

/** Why this worker may not work on the run now; null when it may. */
export async function hindrance(deps: Deps, run: Run): Promise<PauseReason | null> {
  return outsideHours(run) ?? (await otherVersion(deps, run));
}

/** For how long a run is short of the day's budget, once nothing of it is in flight. */
export async function reviewPause(
  { ledger: { days } }: Deps,
  { runId, reason }: { runId: string; reason: PauseReason },
): Promise<PauseReason> {
  if (reason.kind !== 'day-budget') return reason;
  const [day, heldByOthers] = await Promise.all([days.read(), days.heldByOthers(runId)]);
  return reviewDayPause(reason, { ...day, heldByOthers }, Date.now());
}

function outsideHours({ settings: { hours } }: Run): PauseReason | null {
  if (hours === null) return null;
  const { open, until } = hoursAt(hours, Date.now());
  if (open) return null;
  const message = `it is outside of its hours (${formatHours(hours)}); it goes on at ${new Date(until).toISOString()}`;
  return { kind: 'hours', until, message };
}

/** A run with a canary goes on with nothing but what was approved: with what its first page was worked by. */
async function otherVersion({ ledger, pins }: Deps, run: Run): Promise<PauseReason | null> {
  if (run.canaryItems === undefined || run.sample) return null;
  const ours = pins(run);
  const pinned = run.pins ?? (await ledger.runs.pin(run.runId, ours));
  const names = [...new Set([...Object.keys(pinned), ...Object.keys(ours)])];
  const differing = names.filter((name) => pinned[name] !== ours[name]);
  if (differing.length === 0) return null;
  const list = differing.map(
    (name) => `${name} is ${ours[name] ?? 'not asked'} here and was ${pinned[name] ?? 'not asked'}`,
  );
  return {
    kind: 'version',
    message:
      `a worker has other code than what the canary ran with: ${list.join('; ')}. Run workers of the pinned version and ` +
      'resume, or cancel the run and start another with a canary of its own',
  };
}
