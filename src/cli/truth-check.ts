import { isDeepStrictEqual } from 'node:util';
import type { Pool } from 'pg';
import type { VerifyTable } from '../backfills/define.ts';
import { type ExpectedImage, expectedImages } from '../stack/sample/expected.ts';
import type { SampleSize } from '../stack/sample/plan.ts';
import type { RecordedItem } from '../stores/journal.ts';

/** What the database says about one image, in the shape of what is known of the photo. */
interface Written {
  id: string;
  labels: unknown;
  appraisal: Record<string, unknown> | null;
  is_document: boolean | null;
  document_category: string | null;
  vin: string | null;
  components: number;
  paint: number;
}

/**
 * Compares what a run over the sample wrote, and which items failed, with what is to be seen on the photos:
 * the sample knows, because it drew them.
 */
export async function checkTruth(
  postgres: Pool,
  size: SampleSize,
  failures: readonly RecordedItem[],
): Promise<VerifyTable[]> {
  const asked = [...expectedImages(size).values()].filter(
    ({ analysis, vehicleId }) => analysis === 'never' && vehicleId !== null,
  );
  const written = await readWritten(
    postgres,
    asked.map(({ id }) => id),
  );
  return [fieldsTable(asked, written), failuresTable(asked, failures)];
}

const FIELDS: { name: string; holds: (written: Written, expected: ExpectedImage) => boolean }[] = [
  { name: 'labels', holds: ({ labels }, { truth }) => isDeepStrictEqual(labels, truth.labels) },
  { name: 'appraisal', holds: ({ appraisal }, { truth }) => sameAppraisal(appraisal, truth.appraisal) },
  {
    name: 'is it a document',
    holds: ({ is_document }, { truth }) => is_document === (categoryOf(truth) !== null),
  },
  {
    name: 'kind of document',
    holds: ({ document_category }, { truth }) => document_category === categoryOf(truth),
  },
  {
    name: 'VIN on an SPID sheet',
    holds: ({ vin }, { truth }) => vin === (truth.document?.spid?.vin ?? null),
  },
  {
    name: 'rows of components',
    holds: ({ components }, { truth }) => components === (truth.appraisal?.components.length ?? 0),
  },
  { name: 'rows of paint', holds: ({ paint }, { truth }) => paint === (truth.appraisal?.paint ? 1 : 0) },
];

function fieldsTable(asked: readonly ExpectedImage[], written: ReadonlyMap<string, Written>): VerifyTable {
  const sound = asked.filter(({ failure }) => failure === null);
  const rows = FIELDS.map(({ name, holds }) => {
    const wrong = sound.filter((image) => {
      const row = written.get(image.id);
      return !row || !holds(row, image);
    });
    return [name, sound.length, sound.length - wrong.length, wrong.length, wrong[0]?.id ?? null];
  });
  return {
    title: 'Written against what is on the photos',
    columns: ['field', 'images', 'right', 'wrong', 'for example'],
    rows,
    passed: rows.every(([, , , wrong]) => wrong === 0),
  };
}

function failuresTable(asked: readonly ExpectedImage[], failures: readonly RecordedItem[]): VerifyTable {
  const failed = new Map(
    failures.filter(({ status }) => status === 'failed').map((one) => [one.item, one.class]),
  );
  const concerned = asked.filter(
    ({ id, failure, planted }) => planted !== null || failure !== null || failed.has(id),
  );
  const rows = concerned.map(({ id, planted, failure }) => [
    id,
    planted,
    failure ?? 'none',
    failed.get(id) ?? 'none',
  ]);
  return {
    title: 'Planted images: what had to become of them, and what did',
    columns: ['image', 'planted', 'expected failure', 'failure'],
    rows,
    passed: rows.every(([, , expected, got]) => expected === got),
  };
}

async function readWritten(postgres: Pool, ids: string[]): Promise<Map<string, Written>> {
  const { rows } = await postgres.query<Written>(
    `SELECT i.id::text, i.ai_scan_metadata #> '{rekognition,labels}' AS labels,
            i.ai_scan_metadata -> 'appraiser' AS appraisal, i.is_document, i.document_category,
            (SELECT s.vin FROM vehicle_spid_data s WHERE s.image_id = i.id) AS vin,
            (SELECT count(*)::int FROM component_conditions c WHERE c.image_id = i.id) AS components,
            (SELECT count(*)::int FROM paint_quality_assessments p WHERE p.image_id = i.id) AS paint
       FROM vehicle_images i WHERE i.id = ANY ($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

function sameAppraisal(written: Written['appraisal'], truth: ExpectedImage['truth']['appraisal']): boolean {
  if (written === null || truth === null) return written === truth;
  const { question: _asked, ...appraisal } = written;
  return isDeepStrictEqual(appraisal, truth);
}

function categoryOf({ document }: ExpectedImage['truth']): string | null {
  return document && document.category !== 'not_a_document' ? document.category : null;
}
