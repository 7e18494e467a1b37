import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packUnits } from '../../src/domain/packing.ts';
import { UNITS_WITH_OWN_CHILD } from '../../src/domain/settings.ts';

const MANY = UNITS_WITH_OWN_CHILD + 1;

const unitsOfSizes = fc
  .array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 120 })
  .map((sizes) => sizes.map((items, n) => ({ unit: `unit-${String(n).padStart(4, '0')}`, items })));

describe('units', () => {
  test('each have a child of their own in a run of few, and with --pack 1', () => {
    const units = [
      { unit: 'a', items: 1 },
      { unit: 'b', items: 2 },
    ];
    const own = [
      { id: 'a', firstUnit: 'a', lastUnit: 'a', units: 1, items: 1 },
      { id: 'b', firstUnit: 'b', lastUnit: 'b', units: 1, items: 2 },
    ];
    const few = { units: UNITS_WITH_OWN_CHILD, settings: { pack: 500 }, firstNumber: 0, complete: true };
    expect(packUnits(units, few)).toEqual(own);
    expect(packUnits(units, { ...few, units: MANY, settings: { pack: 1 } })).toEqual(own);
  });

  test('share a child in a run of many, until it has a page of items', () => {
    const units = [300, 150, 100, 700, 20].map((items, n) => ({ unit: `u${n}`, items }));
    const run = { units: MANY, settings: { pack: 500 }, firstNumber: 12, complete: true };
    expect(packUnits(units, run)).toEqual([
      { id: 'pack-000012', firstUnit: 'u0', lastUnit: 'u2', units: 3, items: 550 },
      { id: 'pack-000013', firstUnit: 'u3', lastUnit: 'u3', units: 1, items: 700 },
      { id: 'pack-000014', firstUnit: 'u4', lastUnit: 'u4', units: 1, items: 20 },
    ]);
  });

  test('are each in exactly one child, in order, with all of their items, however the plan is cut into reads', () => {
    fc.assert(
      fc.property(
        unitsOfSizes,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 2, max: 800 }),
        (units, perRead, pack) => {
          const scopes = planInReads(units, perRead, pack);
          const covered = scopes.flatMap(({ firstUnit, lastUnit }) =>
            units.filter(({ unit }) => unit >= firstUnit && unit <= lastUnit),
          );
          expect(covered).toEqual(units);
          expect(scopes.map(({ id }) => id)).toEqual(
            scopes.map((_, n) => `pack-${String(n).padStart(6, '0')}`),
          );
          const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);
          expect(sum(scopes.map(({ items }) => items))).toBe(sum(units.map(({ items }) => items)));
          expect(sum(scopes.map((scope) => scope.units))).toBe(units.length);
        },
      ),
    );
  });

  test('fill a child before the next one begins', () => {
    fc.assert(
      fc.property(unitsOfSizes, fc.integer({ min: 2, max: 800 }), (units, pack) => {
        const scopes = packUnits(units, { units: MANY, settings: { pack }, firstNumber: 0, complete: true });
        for (const { items, lastUnit } of scopes.slice(0, -1)) {
          expect(items).toBeGreaterThanOrEqual(pack);
          const last = units.find(({ unit }) => unit === lastUnit)!;
          expect(items - last.items).toBeLessThan(pack);
        }
      }),
    );
  });
});

/** As a run plans: so many units per read, on from the last unit of the last scope. */
function planInReads(units: { unit: string; items: number }[], perRead: number, pack: number) {
  const scopes: ReturnType<typeof packUnits> = [];
  for (let after = '', complete = false; !complete; after = scopes.at(-1)?.lastUnit ?? '') {
    const read = units.filter(({ unit }) => unit > after).slice(0, perRead);
    complete = read.length < perRead;
    scopes.push(
      ...packUnits(read, { units: MANY, settings: { pack }, firstNumber: scopes.length, complete }),
    );
  }
  return scopes;
}
