import type { ClientBase, Pool } from 'pg';
import { UsageError } from '../../domain/failure.ts';
import { missingTable } from '../postgres-rows/missing-table.ts';
import {
  FAILED_ITEMS,
  firstFilled,
  type RowTable,
  type RowUnit,
  readShape,
  type Shape,
} from '../postgres-rows/table.ts';
import { PARTIAL } from './score-sql.ts';

export const IMAGES = 'images';
export const WRITTEN = ['quality_score', 'quality_details'] as const;
/** Where an image is, in the first of these that is filled. */
const REFERENCES = ['url', 'image_url', 'storage_path'];

/** Images as rows. Throws UsageError where the database has none that can be scored. */
export async function imageTable(database: Pool | ClientBase): Promise<RowTable> {
  const shape = await readShape(database, [IMAGES, FAILED_ITEMS]);
  const columns = shape[IMAGES];
  if (!columns) throw await missingTable(database, IMAGES, "'backfill stack --birds' makes one to try");
  require(columns);
  return described(shape, columns);
}

function described(shape: Shape, columns: Record<string, string>): RowTable {
  const scored = columns.quality_score !== undefined;
  return {
    backfill: 'image-quality',
    name: IMAGES,
    columns,
    journal: shape[FAILED_ITEMS] !== undefined,
    idType: columns.id as string,
    unit: unitOf(columns.id as string),
    written: WRITTEN,
    stillUndone: scored ? 'i.quality_score IS NULL' : 'true',
    only(what, query) {
      // Without the column everything is missing.
      if (what === 'missing' && scored) query.and('i.quality_score IS NULL');
      if (what === 'incomplete' && scored && columns.quality_details !== undefined)
        query.and(`(i.quality_score IS NULL OR ${PARTIAL})`);
    },
    kinds: [
      `coalesce(${columns.mime_type === undefined ? 'NULL' : 'i.mime_type::text'}, '')`,
      `coalesce(lower(substring(${reference(columns)} from '\\.([A-Za-z0-9]{1,5})(?:[?#]|$)')), '')`,
    ],
  };
}

/** SQL: where the image is; null where the row does not say. */
export function reference(columns: Record<string, string>): string {
  return firstFilled(columns, REFERENCES);
}

function require(columns: Record<string, string>): void {
  if (!columns.id) throw unfit(`${IMAGES} has no column id`, 'image-quality tells rows apart by their id.');
  if (!ID_TYPES.test(columns.id))
    throw unfit(
      `${IMAGES}.id is ${columns.id}`,
      'image-quality works on ids that are uuid, whole numbers or text.',
    );
  if (!REFERENCES.some((column) => columns[column] !== undefined))
    throw unfit(
      `${IMAGES} has none of ${REFERENCES.join(', ')}`,
      'One of them must say where each image is: a URL, or a key under the image base.',
    );
  const { quality_score: score, quality_details: details } = columns;
  if (score !== undefined && !/^(smallint|integer|bigint|numeric|real|double)/.test(score))
    throw unfit(
      `${IMAGES}.quality_score is ${score}`,
      'image-quality writes whole numbers from 0 to 100 into it.',
    );
  const [, precision, scale = 0] = /^numeric\((\d+)(?:,(-?\d+))?\)$/.exec(score ?? '') ?? [];
  if (precision !== undefined && Number(precision) - Number(scale) < 3)
    throw unfit(
      `${IMAGES}.quality_score is ${score}, which has no room for 100`,
      'image-quality writes whole numbers from 0 to 100 into it: widen the column, or rename it and its scores.',
    );
  if (details !== undefined && details !== 'jsonb')
    throw unfit(
      `${IMAGES}.quality_details is ${details}, not jsonb`,
      'Rename it: image-quality keeps its reasons there.',
    );
}

const ID_TYPES = /^(uuid|smallint|integer|bigint|text|character varying)/;

function unfit(message: string, hint: string): UsageError {
  return new UsageError(message, hint);
}

/** Images belong to nothing: a unit is a range of their ids, as several workers can share. */
function unitOf(idType: string): RowUnit {
  if (idType === 'uuid') return BY_FIRST_DIGIT;
  const bits = BITS[idType];
  return bits === undefined ? BY_FIRST_LETTER : byThousand(bits);
}

const BY_FIRST_DIGIT: RowUnit = {
  sql: '(left(i.id::text, 1) COLLATE "C")',
  type: 'text',
  check(text) {
    if (!/^[0-9a-f]$/.test(text)) throw noUnit(text, 'A unit is the first digit of the ids, 0 to f.');
  },
  ids: (digit) => [
    `${digit}0000000-0000-0000-0000-000000000000`,
    `${digit}fffffff-ffff-ffff-ffff-ffffffffffff`,
  ],
};

/** Of whole numbers. */
const BITS: Record<string, bigint> = { smallint: 16n, integer: 32n, bigint: 64n };

function byThousand(bits: bigint): RowUnit {
  const [least, greatest] = [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
  return {
    sql: '(i.id::bigint / 1000)',
    type: 'bigint',
    check(text) {
      const known =
        /^-?\d{1,16}$/.test(text) && BigInt(text) >= least / 1000n && BigInt(text) <= greatest / 1000n;
      if (!known) throw noUnit(text, 'A unit is a thousand ids: 7 for those from 7000 to 7999.');
    },
    ids(unit) {
      const thousand = BigInt(unit) * 1000n;
      // Division cuts towards zero.
      const first = thousand <= 0n ? thousand - 999n : thousand;
      const last = thousand >= 0n ? thousand + 999n : thousand;
      return [String(first < least ? least : first), String(last > greatest ? greatest : last)];
    },
  };
}

const BY_FIRST_LETTER: RowUnit = {
  sql: '(left(i.id, 1) COLLATE "C")',
  type: 'text',
  check(text) {
    if ([...text].length !== 1) throw noUnit(text, 'A unit is the first letter of the ids.');
  },
};

function noUnit(text: string, hint: string): UsageError {
  return new UsageError(`--unit ${text} is no unit of ${IMAGES}`, hint);
}
