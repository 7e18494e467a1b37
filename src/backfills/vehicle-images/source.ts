import type { Pool } from 'pg';
import type { Position } from '../../domain/page.ts';
import type { Item, ReadRequest, Source, Survey, UnitSize } from '../define.ts';
import { fixOrder, pageInOrder, unitsInOrder } from './fixed-order.ts';
import { requireOrder } from './order.ts';
import { sampled } from './sample.ts';
import { conditions, inOrder, position, REQUIRED_KEYS, type Selected } from './selection.ts';
import { hasColumn, reference, type Shape } from './shape.ts';
import { ANALYSIS_COLUMNS } from './tables.ts';

/** One image as it was read. */
export interface ImageRow {
  /** `image_url`, or the key in `storage_path`; null when the row has neither. */
  reference: string | null;
  /** False when `ai_scan_metadata` holds something that has no keys: a list, a text. */
  hasKeys: boolean;
  /** Fingerprints of every field that an analysis may write, as the journal compares them. */
  seen: Record<string, string | null>;
}

/** Images that belong to a vehicle, vehicle by vehicle. The unit is the vehicle's id. */
export function imageSource(postgres: Pool, readShape: () => Promise<Shape>): Source {
  return {
    survey: async (runId, selection, limit, ids) =>
      survey(postgres, { runId, selection, ids, shape: await readShape() }, limit),

    async units(runId, selection, after, limit) {
      const selected = { runId, selection, shape: await readShape() };
      if (selection.order) return unitsInOrder(postgres, selected, after, limit);
      const query = conditions(selected);
      if (after) query.and(`i.vehicle_id > ${query.value(after)}::uuid`);
      const { rows } = await postgres.query<UnitSize>(
        `SELECT i.vehicle_id::text AS unit, count(*)::int AS items ${query.from()}
          GROUP BY i.vehicle_id ORDER BY i.vehicle_id LIMIT ${query.value(limit)}`,
        query.values,
      );
      return rows;
    },

    async read(request) {
      const selected = { runId: request.runId, selection: request.selection, shape: await readShape() };
      const read = request.selection.order ? pageInOrder : page;
      return items(postgres, selected.shape, ...read(selected, request));
    },

    async sample({ runId, selection, ids, size, seed }) {
      const selected = { runId, selection, ids, shape: await readShape() };
      return items(postgres, selected.shape, ...sampled(selected, { size, seed }));
    },

    async fix(request) {
      if (request.selection.order) await fixOrder(postgres, { ...request, shape: await readShape() });
    },

    async readByIds(_runId, ids) {
      const these = 'FROM vehicle_images i WHERE i.vehicle_id IS NOT NULL AND i.id = ANY ($1::uuid[])';
      return items(postgres, await readShape(), these, [ids]);
    },
  };
}

function page(selected: Selected, { scope, after, limit }: ReadRequest): [string, unknown[]] {
  const query = conditions(selected);
  query.and(`i.vehicle_id >= ${query.value(scope.firstUnit)}::uuid`);
  query.and(`i.vehicle_id <= ${query.value(scope.lastUnit)}::uuid`);
  if (after) query.and(`(i.vehicle_id, i.id) > ${position(query, after)}`);
  return [`${query.from()} ORDER BY i.vehicle_id, i.id LIMIT ${query.value(limit)}`, query.values];
}

async function survey(postgres: Pool, selected: Selected, limit: number | undefined): Promise<Survey> {
  const { selection, shape } = selected;
  if (selection.order) await requireOrder(postgres, shape, selection.order);
  const until = limit === undefined ? undefined : await positionOf(postgres, selected, limit);
  const bounded = until ? { ...selection, until } : selection;
  const query = conditions({ ...selected, selection: bounded });
  const { rows } = await postgres.query<{ items: number; units: number }>(
    `SELECT count(*)::int AS items, count(DISTINCT i.vehicle_id)::int AS units ${query.from()}`,
    query.values,
  );
  // Images without a vehicle have no place in the order, so a part of the order has none of them.
  const whole = limit === undefined && selection.unit === undefined && selection.until === undefined;
  const orphans = whole ? await countOrphans(postgres, selected) : 0;
  const skipped: Record<string, number> = orphans > 0 ? { 'no-vehicle': orphans } : {};
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
  const query = conditions(selected);
  return [
    `FROM (SELECT i.vehicle_id AS unit, i.id ${query.from()}) AS selected ORDER BY selected.unit, selected.id`,
    query.values,
  ];
}

function placesInOrder(selected: Selected): [string, unknown[]] {
  const values: unknown[] = [];
  return [`FROM (${inOrder(selected, values)}) AS placed ORDER BY n`, values];
}

async function countOrphans(postgres: Pool, selected: Selected): Promise<number> {
  const query = conditions(selected, 'no-vehicle');
  const { rows } = await postgres.query<{ n: number }>(
    `SELECT count(*)::int AS n ${query.from()}`,
    query.values,
  );
  return rows[0]?.n ?? 0;
}

async function items(postgres: Pool, shape: Shape, from: string, values: unknown[]): Promise<Item[]> {
  const metadata = hasColumn(shape, 'vehicle_images', METADATA) ? `i.${METADATA}` : 'NULL::jsonb';
  const { rows } = await postgres.query<{ id: string; unit: string } & ImageRow>(
    `SELECT i.id::text AS id, i.vehicle_id::text AS unit, ${reference(shape)} AS reference,
            coalesce(jsonb_typeof(${metadata}), 'null') IN ('object', 'null') AS "hasKeys",
            jsonb_build_object(${fingerprints(metadata)}) AS seen ${from}`,
    values,
  );
  return rows.map(({ id, unit, ...row }) => ({ id, unit, row }));
}

const METADATA = 'ai_scan_metadata';

/** The fields that an analysis writes: four keys of `ai_scan_metadata`, and the columns beside it. */
function fingerprints(metadata: string): string {
  const columns = Object.keys(ANALYSIS_COLUMNS).filter((column) => column !== METADATA);
  return [
    ...REQUIRED_KEYS.map((key) => `'${METADATA}.${key}', md5((${metadata} -> '${key}')::text)`),
    ...columns.map((column) => `'${column}', md5((to_jsonb(i) -> '${column}')::text)`),
  ].join(', ');
}
