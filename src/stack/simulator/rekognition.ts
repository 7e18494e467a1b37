import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { DetectedLabel } from '../../vision/vision.ts';
import { liftImages, lowered } from './lift.ts';
import type { Picture } from './pictures.ts';
import { REKOGNITION_IMAGE } from './prices.ts';
import type { Door, Flaw, Incoming, Inquiry, Reply } from './serve.ts';
import type { Fault, Settings } from './settings.ts';

/** DetectLabels over AWS JSON 1.1. */

const TARGET = 'RekognitionService.DetectLabels';
const MODEL_VERSION = '3.0';
const MAX_IMAGE_BYTES = 5_242_880;

const requestSchema = z.object({
  Image: z.object({ Bytes: z.string().min(1).optional() }),
  MaxLabels: z.int().min(0).default(1000),
  MinConfidence: z.number().min(0).max(100).default(55),
});
type DetectLabels = z.infer<typeof requestSchema>;

export const rekognition: Door = {
  provider: 'rekognition',
  formats: ['jpeg', 'png'],
  read,
  ok: (body) => reply(200, body),
  overLimit: (refusal) =>
    refusal.of === 'day'
      ? error(400, 'ThrottlingException', 'Rate exceeded')
      : error(400, 'ProvisionedThroughputExceededException', 'Provisioned rate exceeded'),
  invalidImage: () => error(400, 'InvalidImageFormatException', 'Request has invalid image format'),
  fault,
};

function read(incoming: Incoming, { badKeys }: Settings): Inquiry | Reply {
  const accessKey = /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(incoming.headers.authorization ?? '')?.[1];
  if (accessKey === undefined)
    return error(400, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
  if (badKeys.includes(accessKey))
    return error(
      400,
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    );
  if (incoming.headers['x-amz-target'] !== TARGET) return error(400, 'UnknownOperationException', '');
  const lifted = liftImages(incoming.body, '"Bytes":"');
  const request = parse(lifted.json);
  if (request === null) return error(400, 'ValidationException', 'Value failed to satisfy constraint');
  const { Bytes } = request.Image;
  if (Bytes === undefined)
    return error(400, 'InvalidParameterException', 'Request has invalid parameters: send Image.Bytes');
  const image = lowered(Bytes, lifted);
  if (image.length * 0.75 > MAX_IMAGE_BYTES)
    return error(400, 'ImageTooLargeException', 'Input image size exceeds the allowed limit');
  return {
    operation: 'DetectLabels',
    model: `DetectLabels-${MODEL_VERSION}`,
    images: [image],
    tokens: () => 0,
    answer: (pictures, flaw) => ({ body: answer(pictures, request, flaw), nanodollars: REKOGNITION_IMAGE }),
  };
}

function parse(json: string): DetectLabels | null {
  try {
    return requestSchema.parse(JSON.parse(json));
  } catch {
    return null;
  }
}

function answer([picture]: Picture[], request: DetectLabels, flaw: Flaw | null): string {
  if (flaw === 'not-json') return '<html><body>Service temporarily confused</body></html>';
  if (flaw === 'off-schema')
    return JSON.stringify({ Labels: [{ Confidence: 'high' }], LabelModelVersion: 3 });
  const labels = ((picture?.birds ?? picture?.truth)?.labels ?? [])
    .filter(({ confidence }) => confidence >= request.MinConfidence)
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, request.MaxLabels)
    .map(labelInTheirWords);
  return JSON.stringify({ LabelModelVersion: MODEL_VERSION, Labels: labels });
}

function labelInTheirWords(label: DetectedLabel) {
  return {
    Name: label.name,
    Confidence: label.confidence,
    Instances: label.instances.map(({ box, confidence }) => ({
      BoundingBox: { Width: box.width, Height: box.height, Left: box.left, Top: box.top },
      Confidence: confidence,
    })),
    Parents: label.parents.map((Name) => ({ Name })),
    Aliases: [],
    Categories: label.categories.map((Name) => ({ Name })),
  };
}

function fault({ kind }: Fault): Reply | null {
  if (kind === 'throttle' || kind === 'throttle-no-header')
    return error(400, 'ThrottlingException', 'Rate exceeded');
  if (kind === 'error-500') return error(500, 'InternalServerError', 'Internal server error');
  if (kind === 'error-503') return error(503, 'ServiceUnavailableException', 'Service is unavailable');
  return null;
}

/** AWS JSON 1.1 names the error in the body; throttling is a 400 like all the others, without Retry-After. */
function error(status: number, type: string, message: string): Reply {
  return reply(status, JSON.stringify({ __type: type, Code: type, Message: message }));
}

function reply(status: number, body: string): Reply {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() },
    body,
  };
}
