import { Agent, interceptors } from 'undici';
import type { HostPace } from '../domain/host-pace.ts';
import type { PriceList } from '../domain/prices.ts';
import { imageLoader } from './image.ts';
import { type OpenaiConfig, openaiQuestions } from './openai.ts';
import { parseBase } from './reference.ts';
import { type RekognitionConfig, rekognitionLabels } from './rekognition.ts';
import type { Vision } from './vision.ts';

export interface VisionConfig {
  openai?: OpenaiConfig;
  rekognition?: RekognitionConfig;
  images: {
    /** `file:`, `http:` or `https:` URL of a folder; references without a scheme are keys below it. */
    baseUrl?: string | undefined;
    /** Largest original, default 50 MB. */
    maxBytes?: number | undefined;
    /** For the start of an answer, and again for its body; default 30 s. */
    timeoutMs?: number | undefined;
  };
  /** For one paid call, default 60 s. */
  callTimeoutMs?: number | undefined;
  /** 0 to 100, default 55. */
  rekognitionMinConfidence?: number | undefined;
  /** Default 50. */
  maxLabels?: number | undefined;
}

const MAX_REDIRECTS = 5;

/** Nothing is connected or read yet. Throws UsageError for a base that cannot be used. */
export function createVision(config: VisionConfig): Vision {
  const { images, callTimeoutMs = 60_000 } = config;
  const calls = new Agent({ connections: 256, connect: { timeout: 10_000 } });
  const downloads = new Agent({ connections: 64, connect: { timeout: 10_000 } });
  const load = imageLoader({
    base: images.baseUrl === undefined ? undefined : parseBase(images.baseUrl),
    maxBytes: images.maxBytes ?? 50_000_000,
    timeoutMs: images.timeoutMs ?? 30_000,
    dispatcher: downloads.compose(interceptors.redirect({ maxRedirections: MAX_REDIRECTS })),
  });
  const labels = rekognitionLabels(
    config.rekognition ?? {},
    { minConfidence: config.rekognitionMinConfidence ?? 55, maxLabels: config.maxLabels ?? 50 },
    callTimeoutMs,
  );
  const questions = openaiQuestions(config.openai ?? {}, callTimeoutMs, calls);
  const eyes = (prices: PriceList, hosts?: HostPace): Vision => ({
    load: (reference) => load(reference, hosts),
    labels: labels(prices),
    question: questions(prices),
    priced: (own) => eyes(own, hosts),
    paced: (own) => eyes(prices, own),
  });
  return eyes({});
}
