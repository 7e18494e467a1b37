import { Agent } from 'undici';
import type { HostPace } from '../domain/host-pace.ts';
import type { PriceList } from '../domain/prices.ts';
import { allowedPlaces } from './allowed-places.ts';
import { HostSlots } from './host-slots.ts';
import { imageLoader } from './image.ts';
import { type OpenaiConfig, openaiQuestions } from './openai.ts';
import { publicConnector } from './public-connector.ts';
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
    /** Places that are read though they are not public, with commas between them; see allowed-places.ts. */
    allowPrivate?: string | undefined;
    /** Downloads from one host at once, default 16. */
    hostConnections?: number | undefined;
  };
  /** For one paid call, default 60 s. */
  callTimeoutMs?: number | undefined;
  /** 0 to 100, default 55. */
  rekognitionMinConfidence?: number | undefined;
  /** Default 50. */
  maxLabels?: number | undefined;
}

/** Nothing is connected or read yet. Throws UsageError for a base or allowed places that cannot be read. */
export function createVision(config: VisionConfig): Vision {
  const { images, callTimeoutMs = 60_000 } = config;
  const calls = new Agent({ connections: 256, connect: { timeout: 10_000 } });
  const base = images.baseUrl === undefined ? undefined : parseBase(images.baseUrl);
  const allowed = allowedPlaces(base, images.allowPrivate);
  const timeoutMs = images.timeoutMs ?? 30_000;
  const connections = images.hostConnections ?? 16;
  const load = imageLoader({
    base,
    allowed,
    maxBytes: images.maxBytes ?? 50_000_000,
    timeoutMs,
    slots: new HostSlots(connections, timeoutMs),
    dispatcher: new Agent({ connections, connect: publicConnector(allowed) }),
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
