import type { PlannedImage } from './plan.ts';
import { dice } from './random.ts';
import { type Truth, truthOf } from './truth.ts';

const HOUR = 3_600_000;

/** The analysis columns as an earlier tool left them: nothing, a part that lacks required keys, or all. */
export function analysisOf({ number, analysis }: PlannedImage, uploaded: number): Record<string, unknown> {
  if (analysis === 'never') return {};
  const { remnant, hours } = remnantOf(number);
  const scanned_at = new Date(uploaded + hours * HOUR).toISOString();
  const truth = truthOf(number);
  const rekognition = { labels: truth.labels };
  if (analysis === 'partly') {
    const partial = {
      labels: { rekognition },
      'dated labels': { rekognition, scanned_at },
      appraisal: { rekognition, appraiser: truth.appraisal, scanned_at },
      error: { rekognition: null, error: 'OpenAI request timed out', scanned_at },
      nothing: {},
    }[remnant];
    return { ai_scan_metadata: partial, ai_last_scanned: scanned_at };
  }
  const metadata = {
    rekognition,
    appraiser: truth.appraisal,
    spid: truth.document?.spid ?? null,
    scanned_at,
  };
  return { ai_scan_metadata: metadata, ai_last_scanned: scanned_at, ...summaryOf(truth) };
}

/** An earlier tool has left the key of a step, be it with null. */
export function wasAnalysed({ number, analysis }: PlannedImage): boolean {
  return analysis === 'fully' || (analysis === 'partly' && remnantOf(number).remnant !== 'nothing');
}

const REMNANTS = ['labels', 'dated labels', 'appraisal', 'error', 'nothing'] as const;

/** What is left of an analysis that came only so far, and how many hours after the upload it was made. */
function remnantOf(number: number) {
  const choose = dice('earlier', number);
  return { hours: choose.int(1, 200), remnant: choose.pick(REMNANTS) };
}

function summaryOf({ labels, appraisal, document }: Truth): Record<string, unknown> {
  const category = document?.category ?? 'not_a_document';
  const isDocument = category !== 'not_a_document';
  const mean = labels.reduce((sum, { confidence }) => sum + confidence, 0) / labels.length;
  return {
    ai_component_count: appraisal?.components.length ?? 0,
    ai_avg_confidence: Number(mean.toFixed(2)),
    is_document: isDocument,
    document_category: isDocument ? category : null,
  };
}
