import type { Appraisal, DocumentAnswer } from '../../backfills/vehicle-images/answers.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { Picture } from './pictures.ts';
import { instanceOf } from './schema-instance.ts';

/** What the model says about a picture. `operation` is the name of the schema that the answer must fit. */
export function answerTo(operation: string, schema: JsonObject, picture: Picture): Json {
  if (operation === 'read_document') return picture.truth.document ?? NOT_A_DOCUMENT;
  if (operation.startsWith('appraise_')) return picture.truth.appraisal ?? APPRAISAL_OF_A_DOCUMENT;
  return instanceOf(schema);
}

/** Must never happen: the appraiser was shown a document. */
export function isDocumentAppraisal(operation: string, picture: Picture): boolean {
  return operation.startsWith('appraise_') && picture.number !== null && picture.truth.scene === 'document';
}

const NOT_A_DOCUMENT: DocumentAnswer = { category: 'not_a_document', confidence: 96, spid: null };

/** A model asked the wrong question answers all the same. */
const APPRAISAL_OF_A_DOCUMENT: Appraisal = {
  summary: 'A flat white panel with dark markings; little can be said about the vehicle.',
  paint: { color: 'white', finish: 'matte', quality_score: 41, defects: ['dark marks'], confidence: 38 },
  build_quality: { level: 'unknown', evidence: [], confidence: 22 },
  condition: { grade: 'fair', score: 50, confidence: 25 },
  components: [],
  modifications: [],
};
