import errors from '@opensearch-project/opensearch/lib/errors.js';
import retry from 'p-retry';
import { RunPaused } from '../../domain/failure.ts';
import { StoreFailure } from '../store-failure.ts';

/** A server that restarts is back within half a minute; a cluster that is too busy asks for less patience. */
const PATIENCE = { retries: 10, factor: 2, minTimeout: 25, maxTimeout: 6_000, randomize: true } as const;

/** No answer, `es_rejected_execution`, and what a proxy says for a node that is away. */
const PASSING = new Set([429, 502, 503, 504]);

/** What only a person can mend, whichever document met it. */
const FOR_PERSON = new Set([
  'index_not_found_exception',
  'index_closed_exception',
  'routing_missing_exception',
  'security_exception',
]);
const ALIAS_OF_SEVERAL = 'has more than one index associated with it';
const SCRIPTS_FORBIDDEN = /cannot execute \[\w+\] scripts/;

/** What is said of one document, in an answer that is no failure as a whole. */
export interface DocumentError {
  type: string;
  reason: string;
  caused_by?: { reason?: string };
}

/**
 * Sends a request until it is answered, for half a minute; so it may be done twice. Throws StoreFailure where it is not
 * answered, and RunPaused for what only a person can mend: an index that is gone, rights that are missing.
 */
export async function patient<T>(request: () => Promise<{ body: T }>): Promise<T> {
  try {
    const { body } = await retry(request, { ...PATIENCE, shouldRetry: ({ error }) => isPassing(error) });
    return body;
  } catch (error) {
    if (error instanceof RunPaused) throw error;
    const status = statusOf(error);
    const { type, reason } = rootOf(error);
    if (isForPerson({ type, reason }, status)) throw paused((error as Error).message, error);
    throw new StoreFailure('OpenSearch', error);
  }
}

/** Throws RunPaused for what only a person can mend. */
export function requireNoPerson(error: DocumentError, status?: number): void {
  if (isForPerson(error, status)) throw paused(describe(error), error);
}

export function describe({ type, reason, caused_by }: DocumentError): string {
  return [`${type}: ${reason}`, caused_by?.reason].filter(Boolean).join(': ');
}

/** Waits before what was rejected is sent again. Throws StoreFailure when that has lasted too long: a minute. */
export async function busyFor(rejections: number): Promise<void> {
  if (rejections >= 16)
    throw new StoreFailure('OpenSearch', new Error('it has rejected writes for too long: too much to do'));
  const most = Math.min(5_000, 50 * 2 ** rejections);
  await new Promise((resolve) => setTimeout(resolve, most / 2 + (Math.random() * most) / 2));
}

/** Before one looks again at what somebody else was faster with. Throws StoreFailure when that has lasted too long. */
export async function stepAside(times: number): Promise<void> {
  if (times >= 40)
    throw new StoreFailure('OpenSearch', new Error('others write the same documents all the time'));
  const most = Math.min(200, 10 * 2 ** times);
  await new Promise((resolve) => setTimeout(resolve, Math.random() * most));
}

export function statusOf(error: unknown): number | undefined {
  return error instanceof errors.ResponseError ? error.statusCode : undefined;
}

function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined ? error instanceof errors.OpenSearchClientError : PASSING.has(status);
}

function isForPerson({ type, reason }: DocumentError, status: number | undefined): boolean {
  if (status === 401 || status === 403 || FOR_PERSON.has(type)) return true;
  return reason.includes(ALIAS_OF_SEVERAL) || SCRIPTS_FORBIDDEN.test(reason);
}

function paused(what: string, cause: unknown): RunPaused {
  const message = `OpenSearch cannot go on: ${what}. Mend the index or the rights, then resume.`;
  return new RunPaused({ kind: 'configuration', message }, { cause });
}

function rootOf(error: unknown): DocumentError {
  if (!(error instanceof errors.ResponseError)) return { type: '', reason: '' };
  const { body } = error as { body?: { error?: Partial<DocumentError> } };
  return { type: body?.error?.type ?? '', reason: body?.error?.reason ?? '' };
}
