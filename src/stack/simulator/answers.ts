import type { Appraisal, DocumentAnswer } from '../../backfills/vehicle-images/answers.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { gapsOf } from '../context/gaps.ts';
import { tier1Of } from '../context/tier-1.ts';
import { tier2Of } from '../context/tier-2.ts';
import { shotOf } from '../sample/shot.ts';
import type { Picture } from './pictures.ts';
import { instanceOf } from './schema-instance.ts';

/**
 * What the model says about a picture. `operation` is the name of the schema that the answer must fit; `context`,
 * what was said beside the picture.
 */
export function answerTo(operation: string, schema: JsonObject, picture: Picture, context = ''): Json {
  const { truth } = picture;
  if (operation.startsWith('appraise_')) return truth.appraisal ?? APPRAISAL_OF_A_DOCUMENT;
  switch (operation) {
    case 'read_document':
      return truth.document ?? NOT_A_DOCUMENT;
    case 'organise_image':
      return tier1Of(shotOf(truth.number));
    case 'confirm_parts':
    case 'guided_parts':
    case 'infer_parts':
      return tier2Of(shotOf(truth.number), operation);
    case 'find_gaps':
      return gapsOf(shotOf(truth.number), scoreIn(context));
    case 'locate_birds':
      return picture.birds?.answer ?? { birds: [] };
    default:
      return instanceOf(schema);
  }
}

/** Must never happen: the appraiser was shown a document. */
export function isDocumentAppraisal(operation: string, picture: Picture): boolean {
  return operation.startsWith('appraise_') && picture.number !== null && picture.truth.scene === 'document';
}

/** The first number after `context score`, 100 at most; 0 where none is told. */
function scoreIn(context: string): number {
  const told = /context[ _]score\D{0,12}(\d{1,3})/i.exec(context)?.[1];
  return Math.min(100, Number(told ?? 0));
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
