import { FAILURE_CLASSES, type FailureClass } from '../domain/failure.ts';
import type { RecordedItem } from '../stores/journal.ts';
import { formatTable, indent, shorten } from './table.ts';

/** Failures by class, the largest first, with an example and what the class means. */
export function failureSummary(items: readonly RecordedItem[]): string {
  const classes = [...Map.groupBy(items, (one) => one.class)].sort(([, a], [, b]) => b.length - a.length);
  const rows = classes.map(([name, members]) => [
    name,
    members.length,
    members[0]?.item ?? null,
    aboutOf(name),
  ]);
  return `Items that were not written\n${indent(formatTable(['class', 'items', 'for example', 'meaning'], rows))}`;
}

/** Every item in a line of its own. */
export function failureTable(items: readonly RecordedItem[]): string {
  const rows = items.map(({ item, class: name, tries, message }) => [
    item,
    name,
    tries,
    shorten(message, 200),
  ]);
  return formatTable(['item', 'class', 'tries', 'message'], rows);
}

function aboutOf(name: string): string | null {
  return name in FAILURE_CLASSES ? FAILURE_CLASSES[name as FailureClass].about : null;
}
