import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { changesOf, SENSITIVE_UNREAD } from '../../../src/backfills/vehicle-images/changes.ts';
import { options } from '../../../src/backfills/vehicle-images/options.ts';
import { lookAt } from '../../../src/backfills/vehicle-images/process.ts';
import { questions } from '../../../src/backfills/vehicle-images/questions.ts';
import { rowId } from '../../../src/backfills/vehicle-images/row-id.ts';
import type { Change, FieldChange, RowsChange } from '../../../src/domain/change.ts';
import { ItemFailure } from '../../../src/domain/failure.ts';
import { APPRAISAL, type Canned, canned, label, SPID } from './canned.ts';

const IMAGE = '00000000-0000-4000-8000-000000000001';
const VEHICLE = '00000000-0000-4000-8000-00000000000a';
const NOW = '2026-01-02T03:04:05.678Z';
const SHAPE = { vehicles: { id: 'uuid', vin: 'text', paint_code: 'text', build_date: 'date' } };

async function look(answers: Canned, flags: Record<string, unknown> = {}, row: Record<string, unknown> = {}) {
  const { vision, ask, asked } = canned(answers);
  const { model, ...given } = options.parse(flags);
  const seen = { is_document: 'fingerprint', 'ai_scan_metadata.rekognition': null };
  const item = { id: IMAGE, unit: VEHICLE, row: { reference: 'file:a.jpg', hasKeys: true, seen, ...row } };
  const findings = await lookAt(item, ask, { vision, questions: questions(model), ...given });
  return { findings, asked, changes: changesOf(item, findings, SHAPE, NOW) };
}

const ENGINE = [label('Engine', 96, 2), label('Motor', 90)];
const SHEET = [label('Document', 98), label('Text', 96), label('Label', 90)];
const TITLE = [label('Document', 98), label('Text', 96), label('Diploma', 80)];

describe('a photo', () => {
  test('is asked the question of its kind, and every finding has its place', async () => {
    const { asked, changes } = await look({ labels: ENGINE, appraisal: APPRAISAL });
    expect(asked).toEqual(['DetectLabels', 'appraise_engine']);
    expect(fields(changes)).toMatchObject({
      'ai_scan_metadata.rekognition': { kind: 'engine', angle: 'engine-bay', labels: ENGINE },
      'ai_scan_metadata.appraiser': { ...APPRAISAL, question: 'appraise_engine' },
      'ai_scan_metadata.spid': null,
      'ai_scan_metadata.scanned_at': NOW,
      ai_last_scanned: NOW,
      ai_component_count: 2,
      // Engine is seen at two places: (96 + 96 + 90 + 70 + 60 + 80) / 6.
      ai_avg_confidence: 82,
      is_document: false,
      document_category: null,
    });
    expect(rows(changes, 'image_tags', 'rekognition').map(({ tag_name }) => tag_name)).toEqual([
      'Engine',
      'Engine',
      'Motor',
    ]);
    expect(rows(changes, 'image_tags', 'appraiser').map(({ tag_type }) => tag_type)).toEqual([
      'component',
      'component',
      'modification',
    ]);
    expect(rows(changes, 'component_conditions', 'appraiser')[1]).toMatchObject({
      component_name: 'radiator',
      condition: 'fair',
      position: 1,
      image_id: IMAGE,
      vehicle_id: VEHICLE,
    });
    expect(rows(changes, 'paint_quality_assessments', 'appraiser')).toHaveLength(1);
    expect(rows(changes, 'vehicle_spid_data', 'spid')).toEqual([]);
  });

  test.each([
    ['Steering Wheel', 'appraise_interior'],
    ['Axle', 'appraise_undercarriage'],
    ['Car', 'appraise_exterior'],
    ['Blur', 'appraise_exterior'],
  ])('that shows %s goes to %s', async (name, operation) => {
    const { asked } = await look({ labels: [label(name)], appraisal: APPRAISAL });
    expect(asked).toEqual(['DetectLabels', operation]);
  });

  test('that is no document after all is appraised as what it shows', async () => {
    const no = { category: 'not_a_document', confidence: 95, spid: null } as const;
    const labels = [...ENGINE, label('Text', 97)];
    const { asked, changes } = await look({ labels, document: no, appraisal: APPRAISAL });
    expect(asked).toEqual(['DetectLabels', 'read_document', 'appraise_engine']);
    expect(fields(changes)).toMatchObject({ is_document: false, document_category: null });
  });

  test('without a place to find it, or with metadata that has no keys, is a failed item of class row-invalid', async () => {
    for (const row of [{ reference: null }, { hasKeys: false }]) {
      const failure = await look({ labels: ENGINE }, {}, row).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ItemFailure);
      expect(failure).toMatchObject({ code: 'row-invalid', message: expect.stringContaining(IMAGE) });
    }
  });
});

describe('a document', () => {
  test('never goes to the appraiser; an SPID sheet fills in what its vehicle lacks', async () => {
    const { asked, changes } = await look({ labels: SHEET, document: SPID });
    expect(asked).toEqual(['DetectLabels', 'read_document']);
    expect(fields(changes)).toMatchObject({
      'ai_scan_metadata.rekognition': { kind: 'document' },
      'ai_scan_metadata.appraiser': null,
      'ai_scan_metadata.spid': { ...SPID.spid, vin_check: { valid: true } },
      is_document: true,
      document_category: 'spid_sheet',
      ai_component_count: 0,
      ai_last_scanned: NOW,
    });
    expect(rows(changes, 'vehicle_spid_data', 'spid')[0]).toMatchObject({
      vin_valid: true,
      built_on: '1989-03-14',
    });
    expect(
      changes.find(
        ({ kind, ...change }) => kind === 'fields' && 'table' in change && change.table === 'vehicles',
      ),
    ).toEqual({
      kind: 'fields',
      table: 'vehicles',
      id: VEHICLE,
      // build_date is a date in this database, rpo_codes is no column of it.
      fields: { vin: SPID.spid?.vin, paint_code: '41', build_date: '1989-03-14' },
      onlyIfEmpty: true,
      by: { callKey: 'key of read_document', model: 'gpt-4o', promptVersion: '1' },
    });
  });

  test('takes the findings of an earlier appraisal away', async () => {
    const { changes } = await look({ labels: SHEET, document: SPID });
    for (const table of ['image_tags', 'component_conditions', 'paint_quality_assessments']) {
      expect(rows(changes, table, 'appraiser')).toEqual([]);
    }
  });

  test('whose VIN fails is stored with the reason, and its vehicle keeps an empty VIN', async () => {
    const spid = { ...SPID.spid!, vin: '1M8GDM9A1KP042788' };
    const { changes } = await look({ labels: SHEET, document: { ...SPID, spid } });
    expect(rows(changes, 'vehicle_spid_data', 'spid')[0]).toMatchObject({ vin: spid.vin, vin_valid: false });
    expect(changes.some((change) => change.kind === 'fields' && 'vin' in change.fields)).toBe(false);
  });

  test('that may be a title is not shown to OpenAI with --sensitive-local, and counts as done', async () => {
    const { asked, changes } = await look({ labels: TITLE }, { sensitiveLocal: true });
    expect(asked).toEqual(['DetectLabels']);
    expect(fields(changes)).toMatchObject({
      is_document: true,
      document_category: SENSITIVE_UNREAD,
      'ai_scan_metadata.appraiser': null,
      'ai_scan_metadata.spid': null,
      ai_last_scanned: NOW,
    });
  });

  test('that is clearly a parts label is read with --sensitive-local as well', async () => {
    const { asked } = await look({ labels: SHEET, document: SPID }, { sensitiveLocal: true });
    expect(asked).toEqual(['DetectLabels', 'read_document']);
  });
});

describe('--steps', () => {
  test('angle asks for labels only, and leaves the image to be analysed', async () => {
    const { asked, changes } = await look({ labels: SHEET }, { steps: 'angle' });
    expect(asked).toEqual(['DetectLabels']);
    expect(Object.keys(fields(changes))).toEqual(['ai_scan_metadata.rekognition']);
    expect(changes).toHaveLength(2);
  });

  test('documents reads documents and appraises nothing; only the documents are done then', async () => {
    const sheet = await look({ labels: SHEET, document: SPID }, { steps: 'documents' });
    expect(sheet.findings.complete).toBe(true);
    const photo = await look({ labels: ENGINE }, { steps: 'documents' });
    expect(photo.asked).toEqual(['DetectLabels']);
    expect(fields(photo.changes)).toMatchObject({ is_document: false });
    expect(fields(photo.changes)).not.toHaveProperty('ai_last_scanned');
    expect(fields(photo.changes)).not.toHaveProperty(['ai_scan_metadata.appraiser']);
  });

  test('appraise alone does not appraise what may be a document', async () => {
    const { asked, findings } = await look({ labels: SHEET }, { steps: 'appraise' });
    expect(asked).toEqual(['DetectLabels']);
    expect(findings.complete).toBe(false);
  });

  test('is parsed from a list, refuses what is no step, and parsing twice changes nothing', () => {
    const parsed = options.parse({ steps: 'angle, documents' });
    expect(parsed.steps).toEqual(['angle', 'documents']);
    expect(options.parse(parsed)).toEqual(parsed);
    expect(options.safeParse({ steps: 'paint' }).success).toBe(false);
    expect(options.safeParse({ steps: '' }).success).toBe(false);
  });
});

test('a written field is compared with what was read, and names the answer it came from', async () => {
  const { changes } = await look({ labels: ENGINE, appraisal: APPRAISAL });
  const [rekognition, document] = changes.filter((change) => change.kind === 'fields');
  expect(rekognition?.seen).toEqual({ 'ai_scan_metadata.rekognition': null });
  expect(rekognition?.by).toMatchObject({ callKey: 'key of DetectLabels', model: 'rekognition' });
  expect(document?.seen).toMatchObject({ is_document: 'fingerprint' });
});

test('rows of findings have the same ids in every run, and no two rows share one', async () => {
  const first = await look({ labels: ENGINE, appraisal: APPRAISAL });
  const second = await look({ labels: ENGINE, appraisal: APPRAISAL });
  expect(ids(first.changes)).toEqual(ids(second.changes));
  expect(new Set(ids(first.changes)).size).toBe(ids(first.changes).length);
  expect(rowId('image_tags', IMAGE, 'rekognition', 0)).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

test('words or schema of a question cannot change without a new version: it is part of what answers were bought for', () => {
  const { document, appraisal } = questions('gpt-4o');
  const all = [document, ...Object.values(appraisal)];
  const marks = new Map(
    all.map((question) => [question.operation, `${question.promptVersion} ${mark(question)}`]),
  );
  expect(Object.fromEntries(marks)).toMatchInlineSnapshot(`
    {
      "appraise_engine": "1 536b7766",
      "appraise_exterior": "1 e42fb5b1",
      "appraise_interior": "1 a26556be",
      "appraise_undercarriage": "1 2ec92031",
      "read_document": "1 f6f35ab1",
    }
  `);
});

function mark({ instructions, schema }: { instructions: string; schema: z.ZodType }): string {
  return createHash('sha256')
    .update(instructions + JSON.stringify(z.toJSONSchema(schema)))
    .digest('hex')
    .slice(0, 8);
}

function fields(changes: Change[]): Record<string, unknown> {
  const own = (change: Change): change is FieldChange =>
    change.kind === 'fields' && change.table === 'vehicle_images';
  return Object.assign({}, ...changes.filter(own).map((change) => change.fields));
}

function rows(changes: Change[], table: string, step: string): RowsChange['rows'] {
  const found = changes.find(
    (change) => change.kind === 'rows' && change.table === table && change.owner.step === step,
  );
  if (found?.kind !== 'rows') throw new Error(`no change of ${table} for step ${step}`);
  expect(found.owner).toEqual({ image_id: IMAGE, step });
  return found.rows;
}

function ids(changes: Change[]): unknown[] {
  return changes.flatMap((change) => (change.kind === 'rows' ? change.rows.map(({ id }) => id) : []));
}
