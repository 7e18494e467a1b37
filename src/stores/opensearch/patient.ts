import { errors } from '@opensearch-project/opensearch';
import retry from 'p-retry';
import { RunPaused } from '../../domain/failure.ts';
import { StoreFailure } from '../store-failure.ts';

/** A server that restarts is back within half a minute; a cluster that is too busy asks for less patience. */
const PATIENCE = { retries: 9, factor: 1.8, minTimeout: 100, maxTimeout: 6_000, randomize: true } as const;

/** No answer, `es_rejected_execution`, and what a proxy says for a node that is away. */
const PASSING = new Set([429, 502, 503, 504]);

/**
 * Sends a request that may be sent twice, until it is answered; for half a minute. Throws StoreFailure where it is not,
 * and RunPaused for what only a person can mend: an index that is gone, rights that are missing.
 */
export async function patient<T>(request: () => Promise<{ body: T }>): Promise<T> {
  try {
    const { body } = await retry(request, { ...PATIENCE, shouldRetry: ({ error }) => isPassing(error) });
    return body;
  } catch (error) {
    throw forPerson(error) ?? new StoreFailure('OpenSearch', error);
  }
}

export function statusOf(error: unknown): number | undefined {
  return error instanceof errors.ResponseError ? error.statusCode : undefined;
}

function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined ? error instanceof errors.OpenSearchClientError : PASSING.has(status);
}

function forPerson(error: unknown): RunPaused | null {
  const status = statusOf(error);
  const reason = errorType(error);
  if (status !== 401 && status !== 403 && reason !== 'index_not_found_exception') return null;
  const message = `OpenSearch cannot go on: ${(error as Error).message}. Mend the index or the rights, then resume.`;
  return new RunPaused({ kind: 'configuration', message }, { cause: error });
}

function errorType(error: unknown): string | undefined {
  if (!(error instanceof errors.ResponseError)) return undefined;
  const { body } = error as { body?: { error?: { type?: string } } };
  return body?.error?.type;
}
