import type { Answer } from '../../domain/call.ts';
import type { Change, FieldChange, Provenance, RowsChange } from '../../domain/change.ts';
import type { JsonObject } from '../../domain/json.ts';
import { examineSpid, type SpidFindings, VEHICLE_FACTS, vehicleFacts } from '../../domain/spid.ts';
import type { Item } from '../define.ts';
import { seenOf } from '../postgres-rows/seen.ts';
import type { Appraisal } from './answers.ts';
import { type Findings, isDocument } from './process.ts';
import { rowId } from './row-id.ts';
import { fitNumber, type Shape } from './shape.ts';
import type { ImageRow } from './source.ts';
import type { FindingTable } from './tables.ts';
import { appraisalTags, averageConfidence, labelTags, type Tag } from './tags.ts';

/** The keys of `ai_scan_metadata` that findings come under; rows of findings name theirs in `step`. */
type FoundBy = 'rekognition' | 'appraiser' | 'spid';

/** Writes what was found out about one image. `now` is the moment it counts as scanned, ISO in UTC. */
export function changesOf(item: Item, findings: Findings, shape: Shape, now: string): Change[] {
  const write = writer(item, shape);
  const changes = [...labelChanges(findings, write)];
  if (findings.document.is !== 'unasked') changes.push(...documentChanges(item, findings, write, shape));
  if (findings.appraisal || isDocument(findings.document)) changes.push(...appraisalChanges(findings, write));
  if (findings.complete) changes.push(summary(findings, write, now));
  return changes;
}

type Writer = ReturnType<typeof writer>;

function writer({ id, unit, row }: Item, shape: Shape) {
  const { seen } = row as ImageRow;
  return {
    image(fields: JsonObject, by: Provenance): FieldChange {
      const rounded = fitted(shape, 'vehicle_images', fields);
      return { kind: 'fields', table: 'vehicle_images', id, fields: rounded, seen: seenOf(seen, fields), by };
    },
    /** All rows of one step; none means that those of an earlier analysis go. */
    rows(table: FindingTable, step: FoundBy, rows: JsonObject[], by: Provenance): RowsChange {
      const complete = rows.map((row, position) => ({
        ...fitted(shape, table, row),
        id: rowId(table, id, step, position),
        image_id: id,
        vehicle_id: unit,
        step,
        position,
      }));
      return { kind: 'rows', table, owner: { image_id: id, step }, rows: complete, by };
    },
  };
}

function labelChanges({ labels, kind, angle, nomination }: Findings, write: Writer): Change[] {
  const by = provenance(labels);
  const rekognition = { labels: json(labels.value), kind, angle, document_nomination: json(nomination) };
  return [
    write.image({ 'ai_scan_metadata.rekognition': rekognition }, by),
    write.rows('image_tags', 'rekognition', labelTags(labels.value).map(tagRow), by),
  ];
}

function documentChanges(item: Item, { document, labels }: Findings, write: Writer, shape: Shape): Change[] {
  const answer = document.is === 'document' ? document.answer : null;
  const by = provenance(answer ?? labels);
  const spid = answer?.value.spid ? examineSpid(answer.value.spid) : null;
  const category = document.is === 'sensitive' ? SENSITIVE_UNREAD : (answer?.value.category ?? null);
  return [
    write.image(
      {
        is_document: isDocument(document),
        document_category: category,
        'ai_scan_metadata.spid': json(spid),
      },
      by,
    ),
    write.rows(
      'vehicle_spid_data',
      'spid',
      spid ? [spidRow(spid, answer?.value.confidence ?? null)] : [],
      by,
    ),
    ...(spid ? vehicleChange(item.unit, spid, shape, by) : []),
  ];
}

/** The category of an image that `--sensitive-local` kept away from the document question. */
export const SENSITIVE_UNREAD = 'sensitive_unread';

function appraisalChanges({ appraisal, labels }: Findings, write: Writer): Change[] {
  const value = appraisal?.answer.value ?? null;
  const by = provenance(appraisal?.answer ?? labels);
  return [
    write.image(
      { 'ai_scan_metadata.appraiser': value && { ...json(value), question: appraisal?.question ?? null } },
      by,
    ),
    write.rows('image_tags', 'appraiser', value ? appraisalTags(value).map(tagRow) : [], by),
    write.rows('component_conditions', 'appraiser', value ? value.components.map(componentRow) : [], by),
    write.rows('paint_quality_assessments', 'appraiser', value?.paint ? [{ ...value.paint }] : [], by),
  ];
}

function summary({ labels, document, appraisal }: Findings, write: Writer, now: string): Change {
  const value = appraisal?.answer.value;
  const tags = [...labelTags(labels.value), ...(value ? appraisalTags(value) : [])];
  const latest = appraisal?.answer ?? (document.is === 'document' ? document.answer : labels);
  const fields = {
    'ai_scan_metadata.scanned_at': now,
    ai_last_scanned: now,
    ai_component_count: value?.components.length ?? 0,
    ai_avg_confidence: averageConfidence(tags),
  };
  return write.image(fields, provenance(latest));
}

/** Fills in what the vehicle's row lacks, in the columns that this database has. */
function vehicleChange(vehicle: string, spid: SpidFindings, shape: Shape, by: Provenance): FieldChange[] {
  const facts = vehicleFacts(spid);
  const fields: JsonObject = {};
  for (const column of VEHICLE_FACTS) {
    const value = asColumn(shape.vehicles?.[column], facts[column], spid);
    if (value !== null) fields[column] = value;
  }
  if (Object.keys(fields).length === 0) return [];
  return [{ kind: 'fields', table: 'vehicles', id: vehicle, fields, onlyIfEmpty: true, by }];
}

/** Null where the column is missing, or of a type that cannot hold the value. */
function asColumn(type: string | undefined, value: string | string[] | null, spid: SpidFindings) {
  if (type === undefined || value === null) return null;
  if (type === 'date') return value === spid.build_date ? spid.built_on : null;
  if (/^(text|character varying)(\(\d+\))?$/.test(type))
    return Array.isArray(value) ? value.join(', ') : value;
  if (type === 'jsonb' || type === 'text[]') return Array.isArray(value) ? value : [value];
  return null;
}

function tagRow(tag: Tag): JsonObject {
  return { ...tag };
}

function componentRow({ name, ...component }: Appraisal['components'][number]): JsonObject {
  return { component_name: name, ...component };
}

function spidRow(spid: SpidFindings, confidence: number | null): JsonObject {
  return {
    vin: spid.vin,
    vin_normalised: spid.vin_check?.normalised ?? null,
    vin_form: spid.vin_check?.form ?? null,
    vin_valid: spid.vin_check?.valid ?? null,
    vin_reason: spid.vin_check?.reason ?? null,
    rpo_codes: spid.rpo_codes,
    paint_codes: spid.paint_codes,
    build_date: spid.build_date,
    built_on: spid.built_on,
    confidence,
  };
}

function provenance({ callKey, model, promptVersion }: Answer<unknown>): Provenance {
  return { callKey, model, promptVersion };
}

function fitted(shape: Shape, table: string, row: JsonObject): JsonObject {
  const entries = Object.entries(row);
  return Object.fromEntries(
    entries.map(([column, value]) => [
      column,
      typeof value === 'number' ? fitNumber(shape, table, column, value) : value,
    ]),
  );
}

/** What was parsed from JSON is JSON, though interfaces have no index signature to say so. */
function json<T extends object | null>(value: T): T extends null ? null : JsonObject {
  return value as never;
}
