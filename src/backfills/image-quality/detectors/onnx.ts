import { type ObjectDetectorOptions, openObjectDetector } from '../../../vision/local/object-detector.ts';
import type { BirdDetector } from './detector.ts';

/** Of the 80 classes of COCO, which most YOLO models know. */
export const COCO_BIRD = 14;

/** Below this YOLO models see things in everything. */
export const LEAST_CONFIDENCE = 0.25;

/** A YOLO model on this machine. Throws UsageError when the file is none. */
export async function onnx({
  file,
  birdClass = COCO_BIRD,
  threshold = LEAST_CONFIDENCE,
}: OnnxChoice): Promise<BirdDetector> {
  const detector = await openObjectDetector({ file, classIndex: birdClass, threshold });
  const { name, sha256 } = detector.model;
  const by = { model: `${name} ${sha256.slice(0, 16)}` };
  return {
    name: 'onnx',
    detect: async (image) => ({ birds: await detector.detect(image), by }),
    close: detector.close,
  };
}

export interface OnnxChoice {
  file: string;
  /** Counted from 0; default {@link COCO_BIRD}. */
  birdClass?: ObjectDetectorOptions['classIndex'] | undefined;
  /** 0 to 1; default {@link LEAST_CONFIDENCE}. */
  threshold?: ObjectDetectorOptions['threshold'] | undefined;
}
