import type { Ask } from '../../../domain/call.ts';
import type { Provenance } from '../../../domain/change.ts';
import type { FoundBird } from '../../../domain/image-quality/birds.ts';
import type { SourceImage } from '../../../vision/vision.ts';

export const DETECTORS = ['rekognition', 'openai', 'onnx', 'none'] as const;
export type DetectorName = (typeof DETECTORS)[number];

/** Tells where birds are in an image. */
export interface BirdDetector {
  name: DetectorName;
  /** Throws ItemFailure, and what `ask` throws. */
  detect(image: SourceImage, ask: Ask): Promise<Sighting>;
  close?(): Promise<void>;
}

export interface Sighting {
  /** Null where nobody has looked. */
  birds: FoundBird[] | null;
  by: Provenance;
}
