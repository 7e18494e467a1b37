import type { ScopePage } from '../activities/index.ts';
import type { PlanCursor } from './children.ts';

/** The one scope that a run begins with, where it has a canary: its items come from all units. */
export async function canaryOf(items: number, { scopes }: PlanCursor): Promise<ScopePage> {
  const scope = { id: 'canary', firstUnit: '', lastUnit: '', units: 1, items, canary: true as const };
  return { scopes: scopes === 0 ? [scope] : [], exhausted: true };
}
