import { APIConnectionError, APIError, APIUserAbortError } from 'openai/core/error';
import { CallFailure, RunPaused } from '../domain/failure.ts';
import { errorCode, neverSent } from './network.ts';
import { retryAfterMs } from './retry-after.ts';

/** Says what became of a request that brought no answer, and whether it can have been billed. */
export function openaiFailure(error: unknown, model: string): CallFailure | RunPaused {
  if (error instanceof APIUserAbortError) return unknown('The request was stopped on its way', error);
  if (error instanceof APIConnectionError) return connectionFailure(error);
  // `status` is undefined for an error that came inside of a reply.
  if (error instanceof APIError && error.status !== undefined)
    return statusFailure(error, error.status, model);
  return unknown(`OpenAI's reply is no chat completion: ${firstLine(error)}`, error);
}

function connectionFailure(error: APIConnectionError): CallFailure {
  const code = errorCode(error) ?? firstLine(error);
  if (!neverSent(error)) return unknown(`OpenAI did not answer (${code})`, error);
  return new CallFailure('refused', 'provider-unreachable', `No connection to OpenAI (${code})`, {
    cause: error,
  });
}

function statusFailure(error: APIError, status: number, model: string): CallFailure | RunPaused {
  const why = `OpenAI answered ${status}: ${firstLine(error).replace(/^\d{3} /, '')}`;
  const advice = pauseAdvice(error, model);
  if (advice !== undefined) {
    return new RunPaused({ kind: 'configuration', message: `${why} ${advice}` }, { cause: error });
  }
  if (status === 429) {
    const wait = retryAfterMs((name) => error.headers?.get(name));
    const options = wait === undefined ? { cause: error } : { cause: error, retryAfterMs: wait };
    return new CallFailure('refused', 'call-throttled', why, options);
  }
  if (status === 408 || status === 409 || status >= 500) return unknown(why, error);
  return new CallFailure('refused', 'call-rejected', why, { cause: error });
}

/** What every other item would meet as well is for a person to mend. */
function pauseAdvice({ status, code }: APIError, model: string): string | undefined {
  if (code && NO_QUOTA.has(code)) return 'The account has no quota left: add credit, then resume the run.';
  if (status === 401) return 'Check OPENAI_API_KEY of the worker, restart it and resume the run.';
  if (status === 403) return `The key or the project may not use ${model}: change that, then resume the run.`;
  if (status === 404) {
    return `Check the model ${model} and OPENAI_BASE_URL, then resume the run; or cancel it, and start one with another model.`;
  }
  if (code && NOT_ABOUT_THE_IMAGE.has(code)) {
    return `The question itself does not suit ${model}: use another model, or change the question.`;
  }
  return undefined;
}

const NO_QUOTA = new Set(['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active']);
const NOT_ABOUT_THE_IMAGE = new Set([
  'invalid_json_schema',
  'unsupported_parameter',
  'unsupported_value',
  'unknown_parameter',
]);

function unknown(message: string, cause: unknown): CallFailure {
  return new CallFailure('unknown', 'call-unknown', message, { cause });
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0]?.slice(0, 300) ?? '';
}
