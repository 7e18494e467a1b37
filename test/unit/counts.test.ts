import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addCounts, COUNT_NAMES, type Counts, NO_COUNTS, pending, settled } from '../../src/domain/counts.ts';

const counts = fc.record(
  Object.fromEntries(COUNT_NAMES.map((name) => [name, fc.nat(1_000_000)])),
) as fc.Arbitrary<Counts>;

test('total is what was written, cached, skipped, failed, unknown, in conflict, and pending', () => {
  fc.assert(
    fc.property(counts, (c) => {
      expect(c.written + c.cached + c.skipped + c.failed + c.unknown + c.conflicts + pending(c)).toBe(
        c.total,
      );
    }),
  );
});

test('counters of pages add up in any order', () => {
  fc.assert(
    fc.property(counts, counts, counts, (a, b, c) => {
      expect(addCounts(a, b)).toEqual(addCounts(b, a));
      expect(addCounts(addCounts(a, b), c)).toEqual(addCounts(a, addCounts(b, c)));
      expect(addCounts(a, NO_COUNTS)).toEqual(a);
      expect(settled(addCounts(a, b))).toBe(settled(a) + settled(b));
    }),
  );
});
