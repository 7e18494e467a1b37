import { expect } from 'vitest';
import type { ExpectedImage } from '../../src/stack/sample/expected.ts';
import { shotOf } from '../../src/stack/sample/shot.ts';
import { lookOf, vehicleOf } from '../../src/stack/sample/vehicle.ts';
import type { Dump, Row } from './vehicle-world.ts';

/** What is written of one image, by table; rows of findings in the order of step and position, without ids. */
export interface Analysis {
  image: Record<string, unknown>;
  image_tags: Record<string, unknown>[];
  component_conditions: Record<string, unknown>[];
  paint_quality_assessments: Record<string, unknown>[];
  vehicle_spid_data: Record<string, unknown>[];
}

export const FINDING_TABLES = [
  'image_tags',
  'component_conditions',
  'paint_quality_assessments',
  'vehicle_spid_data',
] as const;

/** Every analysed column of one image and every row found in it, as a dump has them. */
export function analysisIn(dump: Dump, id: string): Analysis {
  const image = rowOf(dump, 'vehicle_images', id);
  const found = (table: string) =>
    (dump[table] ?? [])
      // What people have typed in has no step.
      .filter((row) => row.image_id === id && row.step !== null)
      .sort(
        (a, b) =>
          String(a.step).localeCompare(String(b.step)) || (a.position as number) - (b.position as number),
      )
      .map(({ id: _own, image_id: _image, ...row }) => row);
  return {
    image: Object.fromEntries(ANALYSED.map((column) => [column, image[column]])),
    image_tags: found('image_tags'),
    component_conditions: found('component_conditions'),
    paint_quality_assessments: found('paint_quality_assessments'),
    vehicle_spid_data: found('vehicle_spid_data'),
  };
}

const ANALYSED = [
  'ai_scan_metadata',
  'ai_last_scanned',
  'ai_component_count',
  'ai_avg_confidence',
  'is_document',
  'document_category',
];

export function rowOf(dump: Dump, table: string, id: string): Row {
  const row = dump[table]?.find((one) => one.id === id);
  if (!row) throw new Error(`${table} has no row ${id}`);
  return row;
}

/**
 * The analysis that the photo itself demands: from what was drawn, not from what any code of the backfill
 * makes of it. `others`: keys of ai_scan_metadata that were there and are nobody's business.
 */
export function analysisOf(
  { number, truth, vehicleId }: ExpectedImage,
  others: Record<string, unknown> = {},
): Analysis {
  const { appraisal } = truth;
  const category = categoryOf(truth);
  const labels = truth.labels.flatMap(({ name, confidence, instances }) =>
    instances.length === 0
      ? [{ tag_name: name, tag_type: 'label', confidence, box: null as unknown }]
      : instances.map((one) => ({
          tag_name: name,
          tag_type: 'label',
          confidence: one.confidence,
          box: one.box,
        })),
  );
  const parts = [
    ...(appraisal?.components ?? []).map((one) => ({ ...one, tag_type: 'component' })),
    ...(appraisal?.modifications ?? []).map((one) => ({ ...one, tag_type: 'modification' })),
  ].map(({ name, confidence, tag_type }) => ({ tag_name: name, tag_type, confidence, box: null }));
  const rows = (step: string, all: Record<string, unknown>[]) =>
    all.map((row, position) => ({ ...row, step, position, vehicle_id: vehicleId }));
  const confidences = [...labels, ...parts].map(({ confidence }) => confidence);
  const spid = truth.document?.spid ?? null;
  return {
    image: {
      ai_scan_metadata: {
        ...others,
        rekognition: {
          labels: truth.labels,
          kind: truth.scene,
          angle: expect.stringMatching(angleOf(number)),
          document_nomination: truth.document ? nominationOf(truth) : null,
        },
        appraiser: appraisal && { ...appraisal, question: `appraise_${truth.scene}` },
        spid: spid && { ...spid, ...vinCheckOf(number, spid.vin), built_on: isoDay(spid.build_date) },
        scanned_at: expect.any(String),
      },
      ai_last_scanned: expect.any(String),
      ai_component_count: appraisal?.components.length ?? 0,
      ai_avg_confidence: expect.closeTo(mean(confidences), 4),
      is_document: category !== null,
      document_category: category,
    },
    image_tags: [...rows('appraiser', parts), ...rows('rekognition', labels)],
    component_conditions: rows(
      'appraiser',
      (appraisal?.components ?? []).map(({ name, ...one }) => ({ component_name: name, ...one })),
    ),
    paint_quality_assessments: rows('appraiser', appraisal?.paint ? [appraisal.paint] : []),
    vehicle_spid_data: rows('spid', spid ? [spidRow(number, spid, truth.document?.confidence)] : []),
  };
}

type Truth = ExpectedImage['truth'];
type Spid = NonNullable<NonNullable<Truth['document']>['spid']>;

/** Images that must succeed. */
export function sound(images: readonly ExpectedImage[]): ExpectedImage[] {
  return images.filter(({ failure }) => failure === null);
}

/** Null for what is no document. */
export function categoryOf({ document }: Truth): string | null {
  return document && document.category !== 'not_a_document' ? document.category : null;
}

/** Papers about a person. */
export function isPersonal(truth: Truth): boolean {
  return ['title', 'registration', 'license'].includes(categoryOf(truth) ?? '');
}

/** The vehicle's own VIN; a sheet that says another one says one that cannot be right. */
export function ownVin(number: number): string {
  return lookOf(vehicleOf(number)).vin;
}

/** How often each question must be bought to analyse these images: once for each photo that needs it. */
export function purchasesFor(images: readonly ExpectedImage[]): Map<string, number> {
  const operations = new Set<string>();
  for (const { number, truth, failure } of images) {
    if (failure) continue;
    operations.add(`DetectLabels photo:${number}`);
    if (truth.document) operations.add(`read_document photo:${number}`);
    if (truth.appraisal) operations.add(`appraise_${truth.scene} photo:${number}`);
  }
  return new Map([...operations].map((one) => [one, 1]));
}

function nominationOf(truth: Truth) {
  const names = truth.labels.map(({ name }) => name).join('|');
  return {
    label: expect.stringMatching(new RegExp(`^(${names})$`)),
    sensitive: isPersonal(truth) ? true : expect.any(Boolean),
  };
}

/** As drawn. Where a mirrored vehicle's front is, is to the right: it shows its right side. */
function angleOf(number: number): RegExp {
  const { scene, angle, mirrored } = shotOf(number);
  if (scene === 'engine') return /^engine-bay$/;
  if (scene === 'undercarriage') return /^underneath$/;
  if (scene === 'document' || angle === 'badge') return /^unknown$/;
  if (scene === 'interior') return /^(dashboard|seats|door-panel|cargo)$/;
  return angle === 'side' ? new RegExp(`^side-${mirrored ? 'right' : 'left'}$`) : new RegExp(`^${angle}$`);
}

function vinCheckOf(number: number, vin: string | null) {
  if (vin === null) return { vin_check: null };
  const valid = vin === ownVin(number);
  return {
    vin_check: {
      read: vin,
      normalised: vin,
      form: formOf(vin, valid),
      valid,
      reason: valid ? null : expect.stringMatching(/./),
    },
  };
}

function spidRow(number: number, { vin, ...spid }: Spid, confidence: number | undefined) {
  const check = vinCheckOf(number, vin).vin_check;
  return {
    ...spid,
    vin,
    vin_normalised: vin,
    vin_form: check?.form ?? null,
    vin_valid: check?.valid ?? null,
    vin_reason: check?.reason ?? null,
    built_on: isoDay(spid.build_date),
    confidence,
  };
}

function formOf(vin: string, valid: boolean) {
  if (vin.length === 17) return 'iso-17';
  return valid ? expect.stringMatching(/-1\d/) : 'unknown';
}

/** `03/14/1978` → `1978-03-14`. */
function isoDay(printed: string | null): string | null {
  const [month, day, year] = printed?.split('/') ?? [];
  return printed && `${year}-${month}-${day}`;
}

/** To two places; confidences have two at most, so whole hundredths are exact. */
function mean(numbers: number[]): number {
  const hundredths = numbers.reduce((sum, one) => sum + Math.round(one * 100), 0);
  return Math.round(hundredths / numbers.length) / 100;
}
