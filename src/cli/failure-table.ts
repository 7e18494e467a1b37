import { FAILURE_CLASSES, type FailureClass } from '../domain/failure.ts';
import type { RecordedItem } from '../stores/journal.ts';
import { formatTable, indent, wrap } from './table.ts';

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

/** Every item with what happened to it. */
export function failureList(items: readonly RecordedItem[]): string {
  return items
    .map(({ item, class: name, tries, message }) => {
      const times = tries === 1 ? '1 try' : `${tries} tries`;
      return `${item}  ${name}, ${times}\n${wrap(`    ${message.replaceAll(/\s+/g, ' ')}`)}`;
    })
    .join('\n');
}

function aboutOf(name: string): string | null {
  return name in FAILURE_CLASSES ? FAILURE_CLASSES[name as FailureClass].about : null;
}
