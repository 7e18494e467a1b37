import type { Pool } from 'pg';
import type { Position } from '../../domain/page.ts';
import type { Item, Source, Survey, UnitSize } from '../define.ts';
import { conditions, position, REQUIRED_KEYS, type Selected } from './selection.ts';
import { hasColumn, type Shape } from './shape.ts';
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
      const query = conditions({ runId, selection, shape: await readShape() });
      if (after) query.and(`i.vehicle_id > ${query.value(after)}::uuid`);
      const { rows } = await postgres.query<UnitSize>(
        `SELECT i.vehicle_id::text AS unit, count(*)::int AS items ${query.from()}
          GROUP BY i.vehicle_id ORDER BY i.vehicle_id LIMIT ${query.value(limit)}`,
        query.values,
      );
      return rows;
    },

    async read({ runId, selection, scope, after, limit }) {
      const shape = await readShape();
      const query = conditions({ runId, selection, shape });
      query.and(`i.vehicle_id >= ${query.value(scope.firstUnit)}::uuid`);
      query.and(`i.vehicle_id <= ${query.value(scope.lastUnit)}::uuid`);
      if (after) query.and(`(i.vehicle_id, i.id) > ${position(query, after)}`);
      const page = `${query.from()} ORDER BY i.vehicle_id, i.id LIMIT ${query.value(limit)}`;
      return items(postgres, shape, page, query.values);
    },

    sample: async () => {
      throw new Error('being built');
    },

    async readByIds(_runId, ids) {
      const these = 'FROM vehicle_images i WHERE i.vehicle_id IS NOT NULL AND i.id = ANY ($1::uuid[])';
      return items(postgres, await readShape(), these, [ids]);
    },
  };
}

async function survey(postgres: Pool, selected: Selected, limit: number | undefined): Promise<Survey> {
  const { selection } = selected;
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
  const query = conditions(selected);
  const { rows } = await postgres.query<Position>(
    `SELECT i.vehicle_id::text AS unit, i.id::text AS id ${query.from()}
      ORDER BY i.vehicle_id, i.id OFFSET ${query.value(limit - 1)} LIMIT 1`,
    query.values,
  );
  return rows[0];
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
  const { rows } = await postgres.query<{ id: string; unit: string } & ImageRow>(
    `SELECT i.id::text AS id, i.vehicle_id::text AS unit, ${reference(shape)} AS reference,
            coalesce(jsonb_typeof(i.ai_scan_metadata), 'null') IN ('object', 'null') AS "hasKeys",
            jsonb_build_object(${FINGERPRINTS}) AS seen ${from}`,
    values,
  );
  return rows.map(({ id, unit, ...row }) => ({ id, unit, row }));
}

function reference(shape: Shape): string {
  const columns = ['image_url', 'storage_path'].filter((column) =>
    hasColumn(shape, 'vehicle_images', column),
  );
  return `coalesce(${columns.map((column) => `nullif(i.${column}, '')`).join(', ')})`;
}

/** The fields that an analysis writes: four keys of `ai_scan_metadata`, and the columns beside it. */
const FINGERPRINTS = [
  ...REQUIRED_KEYS.map((key) => `'ai_scan_metadata.${key}', md5((i.ai_scan_metadata -> '${key}')::text)`),
  ...Object.keys(ANALYSIS_COLUMNS)
    .filter((column) => column !== 'ai_scan_metadata')
    .map((column) => `'${column}', md5((to_jsonb(i) -> '${column}')::text)`),
].join(', ');
