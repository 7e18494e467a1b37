import { CallFailure, RunPaused } from '../domain/failure.ts';
import { errorCode, neverSent } from './network.ts';

/** Says what became of a request that brought no answer, and whether it can have been billed. */
export function rekognitionFailure(error: unknown): CallFailure | RunPaused {
  if (!(error instanceof Error)) return unknown(String(error), error);
  const why = `Rekognition: ${error.name}: ${error.message}`;
  const advice = pauseAdvice(error);
  if (advice !== undefined) {
    return new RunPaused({ kind: 'configuration', message: `${why}. ${advice}` }, { cause: error });
  }
  // Known by name, because Rekognition throttles with HTTP 400.
  if (THROTTLED.has(error.name)) return new CallFailure('refused', 'call-throttled', why, { cause: error });
  const status = statusOf(error);
  if (status === undefined) return connectionFailure(error);
  if (status === 429) return new CallFailure('refused', 'call-throttled', why, { cause: error });
  if (status >= 400 && status < 500 && status !== 408) {
    return new CallFailure('refused', 'call-rejected', why, { cause: error });
  }
  return unknown(why, error);
}

function connectionFailure(error: Error): CallFailure {
  if (error.name === 'AbortError') return unknown('The request was stopped on its way', error);
  const code = errorCode(error) ?? error.message;
  if (!neverSent(error) && !CONNECT_TIMEOUT.test(error.message)) {
    return unknown(`Rekognition did not answer (${code})`, error);
  }
  return new CallFailure('refused', 'provider-unreachable', `No connection to Rekognition (${code})`, {
    cause: error,
  });
}

const CONNECT_TIMEOUT = /without establishing a connection/;

const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'SlowDown',
]);

/** What every other item would meet as well is for a person to mend. */
function pauseAdvice({ name, message }: Error): string | undefined {
  if (/^Region is missing/.test(message))
    return 'Set AWS_REGION for the worker, restart it and resume the run.';
  if (CREDENTIALS.has(name)) {
    return 'Check the AWS credentials of the worker (environment, profile or role), then resume the run.';
  }
  if (name === 'AccessDeniedException' || name === 'AccessDenied') {
    return 'Allow rekognition:DetectLabels to the identity of the worker, then resume the run.';
  }
  return undefined;
}

const CREDENTIALS = new Set([
  'CredentialsProviderError',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'ExpiredTokenException',
  'ExpiredToken',
  'InvalidSignatureException',
  'IncompleteSignature',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'OptInRequired',
  'SubscriptionRequiredException',
]);

function statusOf(error: Error): number | undefined {
  const metadata = '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }) : undefined;
  return metadata?.httpStatusCode;
}

function unknown(message: string, cause: unknown): CallFailure {
  return new CallFailure('unknown', 'call-unknown', message, { cause });
}
