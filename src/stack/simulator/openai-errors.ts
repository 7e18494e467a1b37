import { randomUUID } from 'node:crypto';
import type { Standing } from './bucket.ts';
import type { Refusal } from './gate.ts';
import type { Standings } from './limits.ts';
import type { Reply } from './serve.ts';
import type { Fault } from './settings.ts';

/** The provider's refusals, in its own words. */

export function badKey(key: string): Reply {
  const hidden = `${key.slice(0, 8)}${'*'.repeat(Math.max(0, key.length - 8))}`;
  return error(401, `Incorrect API key provided: ${hidden}.`, 'invalid_request_error', 'invalid_api_key');
}

export function unknownModel(model: string): Reply {
  const message = `The model \`${model}\` does not exist or you do not have access to it.`;
  return error(404, message, 'invalid_request_error', 'model_not_found');
}

export function retiredModel(model: string): Reply {
  const message = `The model \`${model}\` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations`;
  return error(404, message, 'invalid_request_error', 'model_not_found');
}

export function badRequest(message: string, param: string | null, code: string | null = null): Reply {
  return error(400, message, 'invalid_request_error', code, param);
}

export function invalidImage(): Reply {
  const message =
    "You uploaded an unsupported image. Please make sure your image has one of the following formats: ['png', 'jpeg', 'gif', 'webp'].";
  return badRequest(message, null, 'invalid_image');
}

const PERIODS = {
  requests: 'requests per min (RPM)',
  tokens: 'tokens per min (TPM)',
  day: 'requests per day (RPD)',
};

export function overLimit(refusal: Refusal, model: string, standings: Standings): Reply {
  const { of, limit, used, requested, waitMs } = refusal;
  const place = `${model} in organization org-simulated on ${PERIODS[of]}: Limit ${limit}`;
  const never = waitMs === Number.POSITIVE_INFINITY;
  const message = never
    ? `Request too large for ${place}, Requested ${requested}. The input or output tokens must be reduced in order to run successfully.`
    : `Rate limit reached for ${place}, Used ${used}, Requested ${requested}. Please try again in ${duration(waitMs)}.`;
  const advice = 'Visit https://platform.openai.com/account/rate-limits to learn more.';
  const reply = error(
    429,
    `${message} ${advice}`,
    of === 'tokens' ? 'tokens' : 'requests',
    'rate_limit_exceeded',
  );
  return {
    ...reply,
    headers: { ...reply.headers, ...limitHeaders(standings), ...(never ? {} : retryAfter(waitMs)) },
  };
}

/** Null for faults that are no refusal. */
export function faultReply({ kind, retryAfterMs }: Fault): Reply | null {
  switch (kind) {
    case 'throttle':
    case 'throttle-no-header': {
      const reply = error(429, 'Rate limit reached for requests', 'requests', 'rate_limit_exceeded');
      if (kind === 'throttle-no-header') return reply;
      return { ...reply, headers: { ...reply.headers, ...retryAfter(retryAfterMs) } };
    }
    case 'error-500':
      return error(500, 'The server had an error while processing your request.', 'server_error', null);
    case 'error-503':
      return error(503, 'The engine is currently overloaded, please try again later.', 'server_error', null);
    case 'insufficient_quota': {
      const message = 'You exceeded your current quota, please check your plan and billing details.';
      return error(429, message, 'insufficient_quota', 'insufficient_quota');
    }
    default:
      return null;
  }
}

/** On every answer, and when a limit refuses. */
export function limitHeaders({ requests, tokens }: Standings): Record<string, string> {
  return { ...headersOf('requests', requests), ...headersOf('tokens', tokens) };
}

function headersOf(what: keyof Standings, { limit, remaining, resetMs }: Standing): Record<string, string> {
  return {
    [`x-ratelimit-limit-${what}`]: `${limit}`,
    [`x-ratelimit-remaining-${what}`]: `${remaining}`,
    [`x-ratelimit-reset-${what}`]: duration(resetMs),
  };
}

export function jsonReply(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-request-id': `req_${randomUUID()}`, ...headers },
    body,
  };
}

function error(
  status: number,
  message: string,
  type: string,
  code: string | null,
  param: string | null = null,
): Reply {
  return jsonReply(status, JSON.stringify({ error: { message, type, param, code } }));
}

function retryAfter(ms: number): Record<string, string> {
  return { 'retry-after': `${Math.ceil(ms / 1000)}`, 'retry-after-ms': `${Math.ceil(ms)}` };
}

/** As Go writes a duration: `0s`, `12ms`, `8.64s`, `1m26.4s`, `6m0s`, `2h3m4s`. */
function duration(ms: number): string {
  const whole = Math.ceil(ms);
  if (whole === 0) return '0s';
  if (whole < 1_000) return `${whole}ms`;
  const minutes = Math.floor(whole / 60_000);
  const hours = Math.floor(minutes / 60);
  return [
    hours > 0 && `${hours}h`,
    minutes > 0 && `${minutes % 60}m`,
    `${(whole - minutes * 60_000) / 1000}s`,
  ]
    .filter(Boolean)
    .join('');
}
