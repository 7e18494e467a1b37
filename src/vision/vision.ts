import type { z } from 'zod';
import type { PaidCall } from '../domain/call.ts';
import type { HostPace } from '../domain/host-pace.ts';
import type { Json } from '../domain/json.ts';
import type { PriceList } from '../domain/prices.ts';

/** The eyes of a backfill: reading images, and asking about them. */
export interface Vision {
  /**
   * Reads an image by http(s) URL, `file:` URL, or a key under the configured base; `s3:` is not read.
   * Throws ItemFailure with the class of what went wrong; RunPaused where a key has no base.
   */
  load(reference: string): Promise<SourceImage>;
  /** Rekognition DetectLabels. */
  labels(image: SourceImage): PaidCall<DetectedLabel[]>;
  /** A question to an OpenAI model about one image, answered in the shape of `schema`. */
  question<T>(image: SourceImage, question: Question<T>): PaidCall<T>;
  /** The same eyes at a run's own prices, which go over the built-in ones. */
  priced(prices: PriceList): Vision;
  /** The same eyes, keeping to what image hosts are to be asked. */
  paced(hosts: HostPace): Vision;
}

/**
 * An image that was read. Decoding and scaling wait until a call needs them, and then happen once; the
 * original bytes are let go with that.
 */
export interface SourceImage {
  readonly reference: string;
  /** Bytes of the original. */
  readonly size: number;
  /** sha-256 of the original bytes, hexadecimal. */
  readonly hash: string;
  /** Upright, without metadata, within what every provider takes. Throws ItemFailure. Memoised. */
  prepared(): Promise<PreparedImage>;
  /** Prepares the image too. Throws ItemFailure. Memoised. */
  measured(): Promise<ImageMeasures>;
}

export interface PreparedImage {
  jpeg: Buffer;
  width: number;
  height: number;
  /** Of the original when it is upright, in pixels. */
  original: { width: number; height: number };
}

export interface ImageMeasures {
  /** Of the original when it is upright, in pixels. */
  width: number;
  height: number;
  /** Mean Rec. 709 luma of the sRGB values on white, 0 to 255. */
  luma: number;
}

export interface Question<T> {
  /** Names the schema too: `appraise_engine`. */
  operation: string;
  /** Changes whenever the words or the schema change. */
  promptVersion: string;
  model: string;
  instructions: string;
  /** What is known beside the image; sent as data, not as instructions. Another context is another question. */
  context?: string;
  schema: z.ZodType<T>;
  /** Limit of the answer; part of the worst case. */
  maxOutputTokens: number;
}

export interface DetectedLabel {
  name: string;
  /** 0 to 100. */
  confidence: number;
  parents: string[];
  categories: string[];
  /** Fractions of width and height, 0 to 1. */
  instances: { confidence: number; box: Box }[];
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export type JsonSchema = { [key: string]: Json };
