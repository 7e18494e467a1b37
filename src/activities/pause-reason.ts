import { RunPaused, UsageError } from '../domain/failure.ts';
import type { PauseReason } from '../domain/page.ts';
import { orMisfit } from '../stores/postgres-journal/misfit.ts';

/** What only a person can mend, as the reason of a pause; null for what is worth another try. */
export function pauseReasonOf(error: unknown): PauseReason | null {
  const known = orMisfit(error);
  if (known instanceof RunPaused) return known.reason;
  if (!(known instanceof UsageError)) return null;
  const message = known.hint ? `${known.message}: ${known.hint}` : known.message;
  return { kind: 'configuration', message };
}
