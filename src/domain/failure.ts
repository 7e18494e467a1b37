import type { CallOutcome } from './call.ts';
import type { PauseReason } from './page.ts';

/**
 * What can become of one item, in words that people filter by. `tries`: how often such an item is tried in
 * all; `Infinity` where waiting always helps (throttling).
 */
export const FAILURE_CLASSES = {
  'image-not-found': { tries: 1, about: 'the image does not exist at its address' },
  'image-forbidden': { tries: 1, about: 'the image may not be read (401, 403)' },
  'image-expired': {
    tries: 1,
    about: 'the URL has ended: its signature is over, or the image was taken away (410)',
  },
  'image-private-address': {
    tries: 1,
    about: 'the URL leads to a private address or a file outside of what is allowed',
  },
  'image-host-busy': {
    tries: Number.POSITIVE_INFINITY,
    about: 'its host had the most downloads at once for long; it comes later',
  },
  'image-unreachable': { tries: 3, about: 'the image host did not answer or broke off' },
  'image-wrong-type': {
    tries: 1,
    about: 'the host answered with something else than an image: a web page, JSON, a video',
  },
  'image-undecodable': { tries: 1, about: 'the bytes are no image that can be decoded' },
  'image-too-large': { tries: 1, about: 'the image has more bytes or pixels than allowed' },
  'archive-unreadable': {
    tries: 1,
    about: 'none of the project can be read: its zip or folder is missing or damaged',
  },
  'archive-entry-encrypted': { tries: 1, about: 'the image is encrypted in its archive' },
  'archive-entry-broken': {
    tries: 1,
    about: 'the archive does not give the image back: damaged, cut off, or packed by an unknown method',
  },
  'call-rejected': { tries: 1, about: 'the provider refused this request' },
  'call-throttled': { tries: Number.POSITIVE_INFINITY, about: 'the provider asked to slow down' },
  'provider-unreachable': {
    tries: Number.POSITIVE_INFINITY,
    about: 'no connection to the provider came about; nothing was sent',
  },
  'call-unknown': { tries: 3, about: 'no answer came back (timeout, cut connection, 5xx)' },
  'answer-not-json': { tries: 3, about: 'the model did not answer with JSON' },
  'answer-off-schema': { tries: 3, about: "the model's JSON does not fit the schema" },
  'answer-refused': { tries: 1, about: 'the model declined to answer' },
  'answer-cut-off': { tries: 2, about: 'the answer reached its token limit' },
  'crashed-worker': { tries: 1, about: 'a worker died twice while it worked on this item' },
  'row-invalid': { tries: 1, about: 'the row holds values that the backfill cannot use' },
  unexpected: { tries: 3, about: 'an error that no class foresees; its message says more' },
  interrupted: { tries: Number.POSITIVE_INFINITY, about: 'set aside by a pause before it was asked about' },
} as const satisfies Record<string, { tries: number; about: string }>;

export type FailureClass = keyof typeof FAILURE_CLASSES;

/** This item failed (or must wait); its neighbours go on. */
export class ItemFailure extends Error {
  override name = 'ItemFailure';
  readonly code: FailureClass;
  readonly retryAfterMs: number | undefined;

  constructor(code: FailureClass, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A billed answer that cannot be used. */
export class UnusableAnswer extends Error {
  override name = 'UnusableAnswer';
  readonly code: FailureClass;

  constructor(
    code: 'answer-not-json' | 'answer-off-schema' | 'answer-refused' | 'answer-cut-off',
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
    this.code = code;
  }
}

/** One request that brought no answer. */
export class CallFailure extends Error {
  override name = 'CallFailure';
  readonly outcome: Extract<CallOutcome, 'refused' | 'unknown'>;
  readonly code: FailureClass;
  /** What the provider asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    outcome: Extract<CallOutcome, 'refused' | 'unknown'>,
    code: 'call-rejected' | 'call-throttled' | 'provider-unreachable' | 'call-unknown' | 'interrupted',
    message: string,
    options: { cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message, { cause: options.cause });
    this.outcome = outcome;
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Nothing can go on until a person (or time) mends it: bad key, no quota, unknown model, missing table. */
export class RunPaused extends Error {
  override name = 'RunPaused';
  readonly reason: PauseReason;

  constructor(reason: PauseReason, options: { cause?: unknown } = {}) {
    super(reason.message, options);
    this.reason = reason;
  }
}

/** Wrong use or wrong surroundings, told to a person before anything is started. */
export class UsageError extends Error {
  override name = 'UsageError';
  /** What to do about it. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.hint = hint;
  }
}
