import type { PageClaim, Scope } from '../domain/page.ts';

/** More than the attempts that any incarnation reaches: fences of a later incarnation are always higher. */
const ATTEMPTS_PER_INCARNATION = 1_000_000;

/** Above every attempt of its incarnation. */
export const LAST_ATTEMPT = ATTEMPTS_PER_INCARNATION - 1;

export function claimOf(at: {
  runId: string;
  scope: Scope;
  page: number;
  incarnation: number;
  attempt: number;
}): PageClaim {
  const { runId, scope, page, incarnation, attempt } = at;
  const fence = incarnation * ATTEMPTS_PER_INCARNATION + attempt;
  return { runId, scope: scope.id, page: `${scope.id}/${page}`, fence };
}
