/** Items by their class, the most frequent first. */
export function byClass<Item extends { class: string }>(items: readonly Item[]): [string, Item[]][] {
  return [...Map.groupBy(items, (one) => one.class)].sort(([, a], [, b]) => b.length - a.length);
}
