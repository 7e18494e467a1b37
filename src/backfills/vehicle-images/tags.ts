import type { JsonObject } from '../../domain/json.ts';
import type { DetectedLabel } from '../../vision/vision.ts';
import type { Appraisal } from './answers.ts';

/** One detection in an image: a label (once for each place it is seen at), a component, a modification. */
export interface Tag {
  tag_name: string;
  tag_type: 'label' | 'component' | 'modification';
  /** 0 to 100. */
  confidence: number;
  /** Fractions of width and height; null where the place is not known. */
  box: JsonObject | null;
}

export function labelTags(labels: readonly DetectedLabel[]): Tag[] {
  return labels.flatMap(({ name, confidence, instances }): Tag[] => {
    const tag = { tag_name: name, tag_type: 'label' } as const;
    if (instances.length === 0) return [{ ...tag, confidence, box: null }];
    return instances.map((instance) => ({
      ...tag,
      confidence: instance.confidence,
      box: { ...instance.box },
    }));
  });
}

export function appraisalTags(appraisal: Appraisal): Tag[] {
  return [
    ...appraisal.components.map((component) => tagOf(component, 'component')),
    ...appraisal.modifications.map((modification) => tagOf(modification, 'modification')),
  ];
}

/** Mean over an image's tags, 0 to 100, to two places; null without tags. */
export function averageConfidence(tags: readonly Tag[]): number | null {
  if (tags.length === 0) return null;
  const sum = tags.reduce((total, { confidence }) => total + confidence, 0);
  // 83.355 is 8335.4999… hundredths in binary: what is a half on paper is rounded up.
  const hundredths = Number(((sum / tags.length) * 100).toFixed(6));
  return Math.round(hundredths) / 100;
}

function tagOf(
  { name, confidence }: { name: string; confidence: number },
  type: 'component' | 'modification',
): Tag {
  return { tag_name: name, tag_type: type, confidence, box: null };
}
