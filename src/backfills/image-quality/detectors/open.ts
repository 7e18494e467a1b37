import { UsageError } from '../../../domain/failure.ts';
import type { Vision } from '../../../vision/vision.ts';
import type { BirdDetector, DetectorName } from './detector.ts';
import { none } from './none.ts';
import { type OnnxChoice, onnx } from './onnx.ts';
import { openai } from './openai.ts';
import { rekognition } from './rekognition.ts';

export interface DetectorChoice extends Omit<OnnxChoice, 'file'> {
  detector: DetectorName;
  /** OpenAI model. */
  model: string;
  /** File of the local model. */
  detectorModel?: string | undefined;
}

/** Throws UsageError when a local model is not there, or is no detector. */
export async function openDetector(choice: DetectorChoice, vision: Vision): Promise<BirdDetector> {
  switch (choice.detector) {
    case 'rekognition':
      return rekognition(vision);
    case 'openai':
      return openai(vision, choice.model);
    case 'onnx':
      return onnx({ ...choice, file: modelOf(choice) });
    case 'none':
      return none;
  }
}

function modelOf({ detectorModel }: DetectorChoice): string {
  if (detectorModel !== undefined) return detectorModel;
  throw new UsageError('--detector onnx has no model', 'Name a YOLO model with --detector-model FILE.');
}
