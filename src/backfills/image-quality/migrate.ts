import type { ClientBase, Pool } from 'pg';
import { addMissing } from '../postgres-rows/add-missing.ts';
import { IMAGES, imageTable } from './table.ts';

/** Adds columns, index and function, and touches nothing that is there. Throws UsageError. */
export async function migrate(postgres: Pool): Promise<void> {
  await addMissing(postgres, {
    backfill: 'image-quality',
    table: IMAGES,
    statements: async (database) => (await missing(database)).map(({ statement }) => statement),
  });
}

/** What {@link migrate} would add, in words. Reads only; throws UsageError. */
export async function check(postgres: Pool): Promise<string[]> {
  return (await missing(postgres)).map(({ words }) => words);
}

interface Missing {
  words: string;
  statement: string;
}

async function missing(database: Pool | ClientBase): Promise<Missing[]> {
  const { columns } = await imageTable(database);
  const { rows } = await database.query<{ index: boolean; category: boolean }>(
    `SELECT to_regclass('${INDEX}') IS NOT NULL AS index,
            to_regprocedure('get_quality_category(integer)') IS NOT NULL AS category`,
  );
  const [there] = rows;
  return [
    ...(columns.quality_score === undefined ? [SCORE] : []),
    ...(columns.quality_details === undefined ? [DETAILS] : []),
    ...(there?.index ? [] : [SCORE_INDEX]),
    ...(there?.category ? [] : [CATEGORY]),
  ];
}

const SCORE: Missing = {
  words: `column quality_score of ${IMAGES}`,
  statement: `ALTER TABLE ${IMAGES} ADD COLUMN IF NOT EXISTS quality_score integer
    CHECK (quality_score IS NULL OR (quality_score >= 0 AND quality_score <= 100))`,
};

const DETAILS: Missing = {
  words: `column quality_details of ${IMAGES}`,
  statement: `ALTER TABLE ${IMAGES} ADD COLUMN IF NOT EXISTS quality_details jsonb`,
};

const INDEX = 'idx_images_quality_score';
const SCORE_INDEX: Missing = {
  words: `index ${INDEX}`,
  statement: `CREATE INDEX IF NOT EXISTS ${INDEX} ON ${IMAGES} (quality_score DESC) WHERE quality_score IS NOT NULL`,
};

const CATEGORY: Missing = {
  words: 'function get_quality_category',
  statement: `CREATE FUNCTION get_quality_category(score integer) RETURNS varchar(10) AS $$
    BEGIN
      IF score IS NULL THEN RETURN NULL;
      ELSIF score >= 80 THEN RETURN 'high';
      ELSIF score >= 60 THEN RETURN 'medium';
      ELSE RETURN 'low';
      END IF;
    END;
    $$ LANGUAGE plpgsql IMMUTABLE`,
};
