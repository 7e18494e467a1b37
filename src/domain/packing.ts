import type { Scope } from './page.ts';
import { type RunSettings, UNITS_WITH_OWN_CHILD } from './settings.ts';

/**
 * Cuts consecutive units into scopes, one per child. A run of few units gives each its own; otherwise units
 * share a child until it has about `pack` items. `complete`: no units follow the last one, so that a pack
 * that is not full is a scope as well.
 */
export function packUnits(
  units: { unit: string; items: number }[],
  run: { units: number; settings: Pick<RunSettings, 'pack'>; firstNumber: number; complete: boolean },
): Scope[] {
  const { pack } = run.settings;
  if (pack <= 1 || run.units <= UNITS_WITH_OWN_CHILD) return units.map(ownScope);

  const scopes: Scope[] = [];
  let current: Scope | null = null;
  for (const { unit, items } of units) {
    current ??= {
      id: packName(run.firstNumber + scopes.length),
      firstUnit: unit,
      lastUnit: unit,
      units: 0,
      items: 0,
    };
    current = { ...current, lastUnit: unit, units: current.units + 1, items: current.items + items };
    if (current.items >= pack) {
      scopes.push(current);
      current = null;
    }
  }
  // Units beyond the read may belong to the last pack; without them a full read must still make progress.
  if (current && (run.complete || scopes.length === 0)) scopes.push(current);
  return scopes;
}

function ownScope({ unit, items }: { unit: string; items: number }): Scope {
  return { id: unit, firstUnit: unit, lastUnit: unit, units: 1, items };
}

function packName(number: number): string {
  return `pack-${String(number).padStart(6, '0')}`;
}
