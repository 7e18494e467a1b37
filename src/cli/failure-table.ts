import { byClass } from '../domain/by-class.ts';
import { FAILURE_CLASSES, type FailureClass } from '../domain/failure.ts';
import type { QuarantinedItem, RecordedItem } from '../stores/journal.ts';
import { formatTable, indent, wrap } from './table.ts';

/** Items of one class. */
export interface FailureGroup {
  class: string;
  items: number;
  /** Of all items of the run. */
  share: number;
  /** Tries of one item, the fewest and the most. */
  tries: [fewest: number, most: number];
  example: { item: string; message: string };
}

/** The largest class first. `total`: of the run's items. */
export function groupFailures(items: readonly RecordedItem[], total: number): FailureGroup[] {
  return byClass(items).map(([name, members]) => {
    const tries = members.map((one) => one.tries).sort((a, b) => a - b);
    return {
      class: name,
      items: members.length,
      share: total > 0 ? members.length / total : 0,
      tries: [tries[0] ?? 0, tries.at(-1) ?? 0],
      example: { item: members[0]?.item ?? '', message: messageOf(members[0]) },
    };
  });
}

/** Failures by class, each with an example. Without the run's `total` no share is told. */
export function failureSummary(items: readonly RecordedItem[], total?: number): string {
  const rows = groupFailures(items, total ?? 0).map(
    ({ class: name, items: count, share, tries, example }) => [
      name,
      count,
      ...(total === undefined ? [] : [inPercent(share)]),
      tries[0] === tries[1] ? String(tries[0]) : `${tries[0]}–${tries[1]}`,
      example.item,
      example.message,
    ],
  );
  const columns = ['class', 'items', ...(total === undefined ? [] : ['share']), 'tries', ...EXAMPLE];
  return `Items that were not written\n${indent(formatTable(columns, rows))}`;
}

/** Every item with what happened to it. */
export function failureList(items: readonly RecordedItem[]): string {
  return list(items, ({ tries }) => (tries === 1 ? '1 try' : `${tries} tries`));
}

/** What runs leave out, by class and one by one. */
export function quarantineTable(items: readonly QuarantinedItem[]): string {
  const rows = byClass(items).map(([name, members]) => [
    name,
    members.length,
    members[0]?.item ?? null,
    messageOf(members[0]),
  ]);
  const table = indent(formatTable(['class', 'items', ...EXAMPLE], rows));
  return `Items in quarantine\n${table}\n\n${list(items, ({ runs }) => `failed in ${runs} runs`)}`;
}

const EXAMPLE = ['for example', 'message'];

interface Told {
  item: string;
  class: string;
  message: string;
}

function list<Item extends Told>(items: readonly Item[], how: (item: Item) => string): string {
  return items
    .map((one) => {
      const message = messageOf(one);
      return `${one.item}  ${one.class}, ${how(one)}${message && `\n${wrap(`    ${message}`)}`}`;
    })
    .join('\n');
}

/** Classes that need no explanation come without one: then what the class means. */
export function messageOf(told: Told | undefined): string {
  const message = told?.message.replaceAll(/\s+/g, ' ') ?? '';
  if (message !== '' || !told) return message;
  return told.class in FAILURE_CLASSES ? FAILURE_CLASSES[told.class as FailureClass].about : '';
}

function inPercent(share: number): string {
  const percent = share * 100;
  return `${percent > 0 && percent < 0.1 ? '<0.1' : percent.toFixed(1)} %`;
}
