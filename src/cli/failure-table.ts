import { FAILURE_CLASSES, type FailureClass } from '../domain/failure.ts';
import type { RecordedItem } from '../stores/journal.ts';
import { formatTable, indent, shorten } from './table.ts';

const EXAMPLES = 3;

/** Failures by class, the largest first, with what the class means and a few examples. */
export function failureSummary(items: readonly RecordedItem[]): string {
  const classes = [...Map.groupBy(items, (one) => one.class)].sort(([, a], [, b]) => b.length - a.length);
  const rows = classes.map(([name, members]) => [name, members.length, aboutOf(name), examplesOf(members)]);
  return `Items that were not written\n${indent(formatTable(['class', 'items', 'meaning', 'for example'], rows))}`;
}

/** Every item in a line of its own. */
export function failureTable(items: readonly RecordedItem[]): string {
  const rows = items.map(({ item, unit, status, class: name, tries, message }) => [
    item,
    unit,
    status,
    name,
    tries,
    shorten(message, 100),
  ]);
  return formatTable(['item', 'unit', 'status', 'class', 'tries', 'message'], rows);
}

function aboutOf(name: string): string | null {
  return name in FAILURE_CLASSES ? FAILURE_CLASSES[name as FailureClass].about : null;
}

function examplesOf(members: readonly RecordedItem[]): string {
  const more = members.length > EXAMPLES ? ', …' : '';
  return (
    members
      .slice(0, EXAMPLES)
      .map(({ item }) => item)
      .join(', ') + more
  );
}
