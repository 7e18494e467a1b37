import type { Appraisal, DocumentAnswer } from '../../../src/backfills/vehicle-images/answers.ts';
import type { Answer, Ask, PaidCall } from '../../../src/domain/call.ts';
import type { DetectedLabel, SourceImage, Vision } from '../../../src/vision/vision.ts';

/** Answers that are known beforehand, by operation; every question asked is written down. */
export interface Canned {
  labels: DetectedLabel[];
  document?: DocumentAnswer;
  appraisal?: Appraisal;
}

export function canned(answers: Canned): { vision: Vision; ask: Ask; asked: string[] } {
  const asked: string[] = [];
  const ask: Ask = async <T>(call: PaidCall<T>): Promise<Answer<T>> => {
    asked.push(call.operation);
    const { model, promptVersion, operation } = call;
    const body = operation === 'DetectLabels' ? answers.labels : answerTo(operation, answers);
    if (body === undefined) throw new Error(`nobody should ask ${operation}`);
    return { value: body as T, callKey: `key of ${operation}`, model, promptVersion, cost: 1, cached: false };
  };
  return { vision, ask, asked };
}

function answerTo(operation: string, answers: Canned): unknown {
  return operation === 'read_document' ? answers.document : answers.appraisal;
}

const vision: Vision = {
  load: async (reference): Promise<SourceImage> => ({
    reference,
    hash: 'ab',
    size: 0,
    prepared: never,
    measured: never,
  }),
  labels: () => call('DetectLabels', 'rekognition', '1'),
  question: (_image, { operation, model, promptVersion }) => call(operation, model, promptVersion),
  priced: () => vision,
  paced: () => vision,
};

function call<T>(operation: string, model: string, promptVersion: string): PaidCall<T> {
  const provider = operation === 'DetectLabels' ? 'rekognition' : 'openai';
  return {
    provider,
    operation,
    model,
    promptVersion,
    parameters: {},
    contentHash: 'ab',
    prepare: never,
    parse: never,
  };
}

function never(): never {
  throw new Error('the answer is known: nothing is prepared, sent or parsed');
}

export const APPRAISAL: Appraisal = {
  summary: 'A clean engine bay.',
  paint: { color: 'red', finish: 'gloss', quality_score: 81.5, defects: ['chips'], confidence: 90 },
  build_quality: { level: 'professional', evidence: ['even welds'], confidence: 88 },
  condition: { grade: 'good', score: 84, confidence: 92 },
  components: [
    { name: 'carburetor', condition: 'good', condition_score: 80, notes: 'polished', confidence: 70 },
    { name: 'radiator', condition: 'fair', condition_score: 55, notes: 'bent fins', confidence: 60 },
  ],
  modifications: [{ name: 'headers', category: 'performance', professional: true, confidence: 80 }],
};

export const SPID: DocumentAnswer = {
  category: 'spid_sheet',
  confidence: 97,
  spid: { vin: '1M8GDM9AXKP042788', rpo_codes: ['LT1', 'Z51'], paint_codes: ['41'], build_date: '03/14/89' },
};

export function label(name: string, confidence = 90, boxes = 0): DetectedLabel {
  const box = { left: 0.1, top: 0.1, width: 0.2, height: 0.2 };
  return { name, confidence, parents: [], categories: [], instances: Array(boxes).fill({ confidence, box }) };
}
