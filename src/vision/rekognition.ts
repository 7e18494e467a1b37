import {
  DetectLabelsCommand,
  type DetectLabelsResponse,
  RekognitionClient,
} from '@aws-sdk/client-rekognition';
import { z } from 'zod';
import { accountOf } from '../domain/account.ts';
import type { PaidCall, ReadyCall, Reply } from '../domain/call.ts';
import { UnusableAnswer } from '../domain/failure.ts';
import type { Json } from '../domain/json.ts';
import type { Nanodollars } from '../domain/money.ts';
import type { PriceList } from '../domain/prices.ts';
import { PREPARATION_VERSION } from './limits.ts';
import { callPriceOf } from './prices.ts';
import { rekognitionFailure } from './rekognition-failure.ts';
import type { DetectedLabel, SourceImage } from './vision.ts';

export interface RekognitionConfig {
  /** Default: the region's own. */
  endpoint?: string | undefined;
  /** Default: AWS_REGION or the profile's. */
  region?: string | undefined;
  /** Default: AWS's usual chain (environment, profile, role). */
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined;
}

export interface LabelLimits {
  minConfidence: number;
  maxLabels: number;
}

/** What a question for labels is known by: in call keys, estimates and approvals. */
export const DETECT_LABELS = {
  provider: 'rekognition',
  model: 'DetectLabels',
  operation: 'detect_labels',
  promptVersion: '1',
} as const;

/** Makes {@link Vision.labels}, at the prices of a run. */
export function rekognitionLabels(config: RekognitionConfig, limits: LabelLimits, timeoutMs: number) {
  const client = connect(config, timeoutMs);

  return (prices: PriceList) =>
    (image: SourceImage): PaidCall<DetectedLabel[]> => ({
      ...DETECT_LABELS,
      parameters: { preparation: PREPARATION_VERSION, ...limits },
      contentHash: image.hash,
      prepare: async () => {
        const cost = callPriceOf(accountOf(DETECT_LABELS), prices);
        return ready(client, limits, (await image.prepared()).jpeg, cost);
      },
      parse: parseLabels,
    });
}

function connect({ endpoint, region, credentials }: RekognitionConfig, timeoutMs: number): RekognitionClient {
  const agent = { keepAlive: true, maxSockets: 256 };
  return new RekognitionClient({
    // Every HTTP attempt is one entry of the ledger.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 10_000,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
  });
}

function ready(client: RekognitionClient, limits: LabelLimits, jpeg: Buffer, cost: Nanodollars): ReadyCall {
  const command = new DetectLabelsCommand({
    Image: { Bytes: jpeg },
    MinConfidence: limits.minConfidence,
    MaxLabels: limits.maxLabels,
  });
  return {
    worstCase: cost,
    send: async (signal): Promise<Reply> => {
      try {
        const response = await client.send(command, { abortSignal: signal });
        return { body: { labels: keep(response) }, cost };
      } catch (error) {
        throw rekognitionFailure(error);
      }
    },
  };
}

/** The part of the response that a backfill reads, under names of our own; checked when it is parsed. */
function keep({ Labels = [] }: DetectLabelsResponse): Json {
  return Labels.map((label) => ({
    name: label.Name ?? null,
    confidence: label.Confidence ?? null,
    parents: (label.Parents ?? []).map(({ Name }) => Name ?? null),
    categories: (label.Categories ?? []).map(({ Name }) => Name ?? null),
    instances: (label.Instances ?? []).map(({ Confidence, BoundingBox: box }) => ({
      confidence: Confidence ?? null,
      box: {
        left: box?.Left ?? null,
        top: box?.Top ?? null,
        width: box?.Width ?? null,
        height: box?.Height ?? null,
      },
    })),
  }));
}

const percent = z.number().min(0).max(100);
const labelsSchema = z.object({
  labels: z.array(
    z.object({
      name: z.string().min(1),
      confidence: percent,
      parents: z.array(z.string()),
      categories: z.array(z.string()),
      instances: z.array(
        z.object({
          confidence: percent,
          // A box may reach over the edge a little.
          box: z.object({ left: z.number(), top: z.number(), width: z.number(), height: z.number() }),
        }),
      ),
    }),
  ),
});

function parseLabels(body: Json): DetectedLabel[] {
  const parsed = labelsSchema.safeParse(body);
  if (parsed.success) return parsed.data.labels;
  const [issue] = parsed.error.issues;
  throw new UnusableAnswer('answer-off-schema', `DetectLabels: ${issue?.path.join('.')}: ${issue?.message}`, {
    cause: parsed.error,
  });
}
