import type { JsonObject } from './json.ts';

/** A document of OpenSearch in one of its states. */
export interface DocumentState {
  /** The index itself, whatever the name it was asked for by. */
  index: string;
  /** These two name the state. */
  seqNo: number;
  primaryTerm: number;
  /** What was asked for of it. */
  source: JsonObject;
}
