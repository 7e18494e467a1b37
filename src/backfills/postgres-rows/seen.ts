/** Of the fields that are written, their fingerprints as they were read; null for one that was absent. */
export function seenOf(seen: Record<string, string | null>, fields: object): Record<string, string | null> {
  return Object.fromEntries(Object.keys(fields).map((field) => [field, seen[field] ?? null]));
}
