import type { Json } from './json.ts';

/** How sure models said they were, in one place of what was written. */
export interface ConfidenceSpread {
  /** `table.field`; the table alone where whole rows were written. */
  field: string;
  /** Names on the way to the number: `labels.confidence`. Empty where the field is the number. */
  key: string;
  n: number;
  min: number;
  median: number;
  max: number;
}

/** Every number at or below a name that speaks of confidence. `field` `*`: a whole row. */
export function confidenceSpread(
  written: readonly { table: string; field: string; after: Json | null }[],
): ConfidenceSpread[] {
  const found = written.flatMap(({ table, field, after }) => {
    const place = field === '*' ? table : `${table}.${field}`;
    return numbers(after, [], speaksOfConfidence(field)).map((one) => ({ ...one, place }));
  });
  const places = Map.groupBy(found, ({ place, key }) => `${place}\n${key}`);
  return [...places.values()].flatMap((those) => {
    const [first] = those;
    const values = those.map(({ value }) => value).sort((a, b) => a - b);
    const [min, max] = [values[0], values.at(-1)];
    if (!first || min === undefined || max === undefined) return [];
    const { place, key } = first;
    return [{ field: place, key, n: values.length, min, median: medianOf(values), max }];
  });
}

function numbers(value: Json | null, path: string[], counts: boolean): { key: string; value: number }[] {
  if (typeof value === 'number') return counts ? [{ key: path.join('.'), value }] : [];
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap((one) => numbers(one, path, counts));
  return Object.entries(value).flatMap(([name, one]) =>
    numbers(one ?? null, [...path, name], counts || speaksOfConfidence(name)),
  );
}

function speaksOfConfidence(name: string): boolean {
  return /confidence/i.test(name);
}

function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  const [below, above] = [sorted[Math.ceil(middle) - 1] ?? 0, sorted[Math.floor(middle)] ?? 0];
  return (below + above) / 2;
}
