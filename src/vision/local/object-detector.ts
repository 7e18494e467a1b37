import { type Box, overlap, SAME_THING, withinImage } from '../../domain/box.ts';
import { UsageError } from '../../domain/failure.ts';
import { MemoryBudget } from '../memory-budget.ts';
import { undecodable } from '../undecodable.ts';
import type { SourceImage } from '../vision.ts';
import { type Inference, startInference } from './inference.ts';
import { letterboxed } from './letterbox.ts';
import { type ModelFile, modelAt } from './model-file.ts';
import { boxesOf } from './yolo-boxes.ts';
import { layoutOf, type YoloLayout } from './yolo-layout.ts';

export interface ObjectDetector {
  model: ModelFile;
  /** Each object once, the surest first. Throws ItemFailure. */
  detect(image: SourceImage): Promise<DetectedObject[]>;
  close(): Promise<void>;
}

export interface DetectedObject {
  /** 0 to 100. */
  confidence: number;
  /** Within the image. */
  box: Box;
}

/** What to look for with a YOLO model: `classIndex` counts from 0, `threshold` is 0 to 1. */
export interface ObjectDetectorOptions {
  file: string;
  classIndex: number;
  threshold: number;
}

/** Memory for what images are to the model, and what it answers, at the same time. */
const TENSOR_BYTES = 48 * 1024 * 1024;

/** Throws UsageError when the file is missing, is no model, or no YOLO detector with such a class. */
export async function openObjectDetector(options: ObjectDetectorOptions): Promise<ObjectDetector> {
  const { file, classIndex } = options;
  const model = await modelAt(file);
  const inference = await startInference({ detector: file }, 'Export it anew, or copy it again.');
  try {
    const layout = layoutOf(file, inference.signatures.detector);
    if (classIndex >= layout.classes) throw withoutClass(file, classIndex, layout.classes);
    return { model, detect: detection(inference, layout, options), close: inference.close };
  } catch (error) {
    await inference.close();
    throw error;
  }
}

function detection(
  inference: Inference<'detector'>,
  layout: YoloLayout,
  options: ObjectDetectorOptions,
): ObjectDetector['detect'] {
  const { side, boxes, classes, firstClass } = layout;
  const memory = new MemoryBudget(TENSOR_BYTES);
  const bytes = 4 * (3 * side * side + boxes * (classes + firstClass));
  return async (image) => {
    const prepared = await image.prepared();
    return memory.spend(bytes, async () => {
      const { pixels, place } = await letterboxed(prepared, side).catch((error: unknown) => {
        throw undecodable(image.reference, error);
      });
      const values = await inference.run('detector', pixels, [3, side, side]);
      const objects = boxesOf(values, layout, options).flatMap((found) => {
        const box = withinImage(place(found));
        return box ? [{ confidence: found.confidence * 100, box }] : [];
      });
      return withoutDoubles(objects);
    });
  };
}

/** Models answer with many boxes for one object: of those that overlap, the surest stays. */
function withoutDoubles(objects: DetectedObject[]): DetectedObject[] {
  const kept: DetectedObject[] = [];
  for (const object of objects.sort((one, other) => other.confidence - one.confidence)) {
    if (kept.every(({ box }) => overlap(box, object.box) <= SAME_THING)) kept.push(object);
  }
  return kept;
}

function withoutClass(file: string, classIndex: number, classes: number): UsageError {
  return new UsageError(
    `${file} knows ${classes} classes, and none with the number ${classIndex} (they count from 0)`,
    'Give the number that birds have in this model.',
  );
}
