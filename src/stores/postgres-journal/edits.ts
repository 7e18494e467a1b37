import type { ClientBase } from 'pg';
import type { Change, FieldChange, RowsChange } from '../../domain/change.ts';
import type { Json } from '../../domain/json.ts';
import type { ItemResult } from '../../domain/page.ts';
import type { FindTable, Table } from './table.ts';

/** An item as the page brings it. */
export interface ItemWork {
  result: ItemResult;
  changes: Change[];
}

/** A change, with its table as it is, and its row once that is locked. */
export interface FieldEdit {
  item: string;
  change: FieldChange;
  table: Table;
  /** As PostgreSQL writes it; null: no such row. */
  rowId: string | null;
  /** Fields that are no longer as they were seen. */
  changed: string[];
  /** Fields that held a value when the row was locked. */
  filled: Set<string>;
  /** Columns whose value is no JSON object, and can take no key. */
  unmergeable: string[];
}

export interface RowsEdit {
  item: string;
  change: RowsChange;
  table: Table;
}

/** Who wrote a value, for the journal. */
export interface Origin {
  item: string;
  call_key: string | null;
  model: string | null;
  prompt_version: string | null;
}

/** All that a page does to one row, field by field. */
export interface RowPatch {
  id: string;
  fields: Map<string, { value: Json; origin: Origin }>;
}

export async function resolveEdits(
  client: ClientBase,
  find: FindTable,
  items: ItemWork[],
): Promise<{ fields: FieldEdit[]; rows: RowsEdit[] }> {
  const fields: FieldEdit[] = [];
  const rows: RowsEdit[] = [];
  for (const { result, changes } of items) {
    for (const change of changes) {
      if (change.kind === 'restore') continue;
      if (change.kind === 'part')
        throw new Error(`item ${result.item} brings a row of a file: in PostgreSQL a change names its table`);
      const table = await find(client, change.table, fieldsOf(change));
      if (change.kind === 'rows') rows.push({ item: result.item, change, table });
      else {
        const unseen = { rowId: null, changed: [], filled: new Set<string>(), unmergeable: [] };
        fields.push({ item: result.item, change, table, ...unseen });
      }
    }
  }
  return { fields, rows };
}

/**
 * One patch per row, in the items' order: the last plain change of a field wins, the first of those that
 * only fill in what is empty.
 */
export function mergeEdits(edits: FieldEdit[]): RowPatch[] {
  const patches = new Map<string, RowPatch>();
  for (const edit of edits) {
    if (edit.rowId === null) continue;
    const patch = patches.get(edit.rowId) ?? { id: edit.rowId, fields: new Map() };
    const origin = originOf(edit);
    for (const [field, value] of Object.entries(edit.change.fields)) {
      if (edit.change.onlyIfEmpty) {
        const pending = patch.fields.get(field);
        if (pending ? !isEmpty(pending.value) : edit.filled.has(field)) continue;
      }
      patch.fields.set(field, { value, origin });
    }
    if (patch.fields.size > 0) patches.set(edit.rowId, patch);
  }
  return [...patches.values()];
}

export function originOf({ item, change: { by } }: FieldEdit | RowsEdit): Origin {
  return {
    item,
    call_key: by.callKey ?? null,
    model: by.model ?? null,
    prompt_version: by.promptVersion ?? null,
  };
}

/** Tables in the order in which the page first names them. */
export function byTable<T extends { table: Table }>(edits: T[]): { table: Table; edits: T[] }[] {
  return [...Map.groupBy(edits, ({ table }) => table.name).values()].map((group) => ({
    table: (group[0] as T).table,
    edits: group,
  }));
}

function isEmpty(value: Json): boolean {
  return value === null || value === '';
}

function fieldsOf(change: FieldChange | RowsChange): Set<string> {
  return new Set(
    change.kind === 'rows'
      ? [...Object.keys(change.owner), ...change.rows.flatMap(Object.keys)]
      : [...Object.keys(change.fields), ...Object.keys(change.seen ?? {})],
  );
}
