import type { Json } from '../domain/json.ts';
import type { Run } from '../domain/run.ts';
import type { RollbackPreview } from '../stores/journal.ts';
import { formatCount, formatTable, indent, shorten } from './table.ts';

/** Fields that are listed, unless it is said how many. */
export const DEFAULT_PREVIEW_LIMIT = 20;

/** What a rollback would do: fields by table and fate, then some of them, those that it would keep first. */
export function previewTable({ runId, backfill }: Run, { tables, entries }: RollbackPreview): string {
  const rows = tables.map((one) => [one.table, one.restored, one.handedOn, one.conflicts]);
  const total = tables.reduce((sum, one) => sum + one.restored + one.handedOn + one.conflicts, 0);
  const titles = ['table', 'put back', 'handed to a later run', 'changed by others, kept'];
  const parts = [`A rollback of run ${runId} of ${backfill}, by field\n${indent(formatTable(titles, rows))}`];
  if (entries.length > 0) {
    const columns = ['table', 'row', 'field', 'fate', 'before the run', 'as the run wrote it'];
    const listed = entries.map(({ table, row, field, fate, before, after }) => [
      table,
      row,
      field === '*' ? 'whole row' : field,
      FATES[fate],
      inShort(before),
      inShort(after),
    ]);
    parts.push(indent(formatTable(columns, listed)));
  }
  const left = total - entries.length;
  if (left > 0) parts.push(`and ${formatCount(left)} more fields (--limit ${total} lists all)`);
  return parts.join('\n\n');
}

const FATES = { restored: 'put back', 'handed-on': 'handed on', conflict: 'kept' } as const;

function inShort(value: Json | null): string {
  return value === null ? 'nothing' : shorten(JSON.stringify(value), 60);
}
