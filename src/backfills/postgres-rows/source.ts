import type { Pool } from 'pg';
import type { Position, Selection } from '../../domain/page.ts';
import type { Item, ReadRequest, Source, Survey, UnitSize } from '../define.ts';
import { fixOrder, pageInOrder, unitsInOrder } from './fixed-order.ts';
import { requireOrder } from './order.ts';
import { sampled } from './sample.ts';
import { betweenUnits, compared, conditions, inOrder, inPlace, type Selected } from './selection.ts';
import type { RowTable } from './table.ts';

export interface RowSource<Table extends RowTable> {
  postgres: Pool;
  /** Read anew for each page: columns may come and go. */
  table(): Promise<Table>;
  /** The items of rows. `from`: what follows SELECT, about rows `i`. */
  load(table: Table, from: string, values: unknown[], selection: Selection | undefined): Promise<Item[]>;
}

/** Rows of a table as items, unit by unit. */
export function rowSource<Table extends RowTable>({
  postgres,
  table: readTable,
  load,
}: RowSource<Table>): Source {
  return {
    survey: async (runId, selection, limit, ids) =>
      survey(postgres, { runId, selection, ids, table: await readTable() }, limit),

    async units(runId, selection, after, limit) {
      const table = await readTable();
      const selected = { runId, selection, table };
      if (selection.order) return unitsInOrder(postgres, selected, after, limit);
      const { sql, type } = table.unit;
      const query = conditions(selected);
      if (after !== null) query.and(`${sql} > ${query.value(after)}::${type}`);
      const { rows } = await postgres.query<UnitSize>(
        `SELECT (${sql})::text AS unit, count(*)::int AS items ${query.from()}
          GROUP BY ${sql} ORDER BY ${sql} LIMIT ${query.value(limit)}`,
        query.values,
      );
      return rows;
    },

    async read(request) {
      const { runId, selection } = request;
      const table = await readTable();
      const read = selection.order ? pageInOrder : page;
      return load(table, ...read({ runId, selection, table }, request), selection);
    },

    async sample({ runId, selection, ids, size, seed }) {
      const table = await readTable();
      return load(table, ...sampled({ runId, selection, ids, table }, { size, seed }), selection);
    },

    async fix(request) {
      if (request.selection.order) await fixOrder(postgres, { ...request, table: await readTable() });
    },

    async readByIds(_runId, ids, selection) {
      const table = await readTable();
      const { name, unit, idType } = table;
      return load(
        table,
        `FROM ${name} i WHERE ${unit.sql} IS NOT NULL AND i.id = ANY ($1::${idType}[])`,
        [ids],
        selection,
      );
    },
  };
}

function page(selected: Selected, { scope, after, limit }: ReadRequest): [string, unknown[]] {
  const { table } = selected;
  const query = conditions(selected);
  betweenUnits(query, table, scope.firstUnit, scope.lastUnit);
  if (after) query.and(compared(query, table, '>', after));
  return [`${query.from()} ORDER BY ${inPlace(table)} LIMIT ${query.value(limit)}`, query.values];
}

async function survey(postgres: Pool, selected: Selected, limit: number | undefined): Promise<Survey> {
  const { selection, table } = selected;
  if (selection.order) await requireOrder(postgres, table, selection.order);
  const until = limit === undefined ? undefined : await positionOf(postgres, selected, limit);
  const bounded = until ? { ...selection, until } : selection;
  const query = conditions({ ...selected, selection: bounded });
  const { rows } = await postgres.query<{ items: number; units: number }>(
    `SELECT count(*)::int AS items, count(DISTINCT ${table.unit.sql})::int AS units ${query.from()}`,
    query.values,
  );
  // Rows without a unit have no place in the order, so a part of the order has none of them.
  const whole = limit === undefined && selection.unit === undefined && selection.until === undefined;
  const without = whole && table.unit.skipped !== undefined ? await countWithout(postgres, selected) : 0;
  const skipped: Record<string, number> = without > 0 ? { [table.unit.skipped as string]: without } : {};
  return { items: rows[0]?.items ?? 0, units: rows[0]?.units ?? 0, skipped, selection: bounded };
}

/** Where the `limit`-th item stands; undefined when there are fewer. */
async function positionOf(postgres: Pool, selected: Selected, limit: number): Promise<Position | undefined> {
  const [from, values] = selected.selection.order ? placesInOrder(selected) : places(selected);
  const { rows } = await postgres.query<Position>(
    `SELECT unit::text, id::text ${from} OFFSET $${values.push(limit - 1)} LIMIT 1`,
    values,
  );
  return rows[0];
}

function places(selected: Selected): [string, unknown[]] {
  const { table } = selected;
  const query = conditions(selected);
  return [
    // Named in full: a mere `id` would be what SELECT makes of it, which is text.
    `FROM (SELECT ${table.unit.sql} AS unit, i.id ${query.from()}) AS i ORDER BY ${table.unit.ids ? 'i.id' : 'i.unit, i.id'}`,
    query.values,
  ];
}

function placesInOrder(selected: Selected): [string, unknown[]] {
  const values: unknown[] = [];
  return [`FROM (${inOrder(selected, values)}) AS placed ORDER BY n`, values];
}

async function countWithout(postgres: Pool, selected: Selected): Promise<number> {
  const query = conditions(selected, 'no-unit');
  const { rows } = await postgres.query<{ n: number }>(
    `SELECT count(*)::int AS n ${query.from()}`,
    query.values,
  );
  return rows[0]?.n ?? 0;
}
