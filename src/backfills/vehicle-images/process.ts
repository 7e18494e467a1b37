import type { Answer, Ask } from '../../domain/call.ts';
import { type PhotoAngle, photoAngle } from '../../domain/photo-angle.ts';
import { type DocumentNomination, documentNomination } from '../../domain/photo-document.ts';
import { type PhotoKind, photoKind } from '../../domain/photo-kind.ts';
import type { DetectedLabel, SourceImage, Vision } from '../../vision/vision.ts';
import type { Item } from '../define.ts';
import type { Appraisal, DocumentAnswer } from './answers.ts';
import type { Step } from './options.ts';
import { requireReference } from './photos.ts';
import type { Questions } from './questions.ts';

/** What was found out about one image, and from which answers. */
export interface Findings {
  labels: Answer<DetectedLabel[]>;
  kind: PhotoKind | 'document';
  angle: PhotoAngle;
  nomination: DocumentNomination | null;
  document: DocumentFinding;
  appraisal: { question: string; answer: Answer<Appraisal> } | null;
  /** Everything that applies to this image is known; only then it counts as scanned. */
  complete: boolean;
}

export type DocumentFinding =
  /** Nobody asked: the step is not part of the run. */
  | { is: 'unasked' }
  /** No label nominated it, or the document question said no. */
  | { is: 'photo' }
  | { is: 'document'; answer: Answer<DocumentAnswer> }
  /** Perhaps a title, registration or licence: kept away from OpenAI, unread. */
  | { is: 'sensitive' };

export function isDocument({ is }: DocumentFinding): boolean {
  return is === 'document' || is === 'sensitive';
}

export interface Look {
  vision: Vision;
  questions: Questions;
  steps: readonly Step[];
  sensitiveLocal: boolean;
}

/** Labels first; they decide what else is worth asking. A document never goes to the appraiser. */
export async function lookAt(item: Item, ask: Ask, look: Look): Promise<Findings> {
  const image = await look.vision.load(requireReference(item));
  const labels = await ask(look.vision.labels(image));
  const nomination = documentNomination(labels.value);
  const document = await findDocument(image, nomination, ask, look);
  const kind = isPaper(document, nomination) ? 'document' : photoKind(labels.value);
  const appraisal = kind === 'document' ? null : await appraise(image, kind, ask, look);
  return {
    labels,
    kind,
    angle: photoAngle(kind, labels.value),
    nomination,
    document,
    appraisal,
    complete: document.is !== 'unasked' && (kind === 'document' || appraisal !== null),
  };
}

async function findDocument(
  image: SourceImage,
  nomination: DocumentNomination | null,
  ask: Ask,
  { vision, questions, steps, sensitiveLocal }: Look,
): Promise<DocumentFinding> {
  if (!nomination)
    return steps.includes('documents') || steps.includes('appraise') ? { is: 'photo' } : { is: 'unasked' };
  if (!steps.includes('documents')) return { is: 'unasked' };
  if (sensitiveLocal && nomination.sensitive) return { is: 'sensitive' };
  const answer = await ask(vision.question(image, questions.document));
  return answer.value.category === 'not_a_document' ? { is: 'photo' } : { is: 'document', answer };
}

/** A nominated image that nobody has asked about is taken for a document: it must not reach the appraiser. */
function isPaper(document: DocumentFinding, nomination: DocumentNomination | null): boolean {
  return document.is === 'unasked' ? nomination !== null : isDocument(document);
}

async function appraise(image: SourceImage, kind: PhotoKind, ask: Ask, { vision, questions, steps }: Look) {
  if (!steps.includes('appraise')) return null;
  const question = questions.appraisal[kind];
  return { question: question.operation, answer: await ask(vision.question(image, question)) };
}
