import { randomUUID } from 'node:crypto';
import type { Refusal, Standing } from './limits.ts';
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

export function badRequest(message: string, param: string | null, code: string | null = null): Reply {
  return error(400, message, 'invalid_request_error', code, param);
}

export function invalidImage(): Reply {
  const message =
    "You uploaded an unsupported image. Please make sure your image has one of the following formats: ['png', 'jpeg', 'gif', 'webp'].";
  return badRequest(message, null, 'invalid_image');
}

export function overLimit({ quota, limit, waitMs }: Refusal, model: string): Reply {
  const [period, used] = quota === 'day' ? ['day (RPD)', limit] : ['min (RPM)', limit * 60];
  const message = `Rate limit reached for ${model} on requests per ${period}: Limit ${used}, Used ${used}, Requested 1. Please try again in ${duration(waitMs)}.`;
  const reply = error(429, message, 'requests', 'rate_limit_exceeded');
  return { ...reply, headers: { ...reply.headers, ...retryAfter(waitMs) } };
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

/** On every answer: the tighter of the request limits, and a token limit that is never reached. */
export function limitHeaders({ limit, remaining, resetMs }: Standing): Record<string, string> {
  return {
    'x-ratelimit-limit-requests': `${limit}`,
    'x-ratelimit-remaining-requests': `${remaining}`,
    'x-ratelimit-reset-requests': duration(resetMs),
    'x-ratelimit-limit-tokens': '150000000',
    'x-ratelimit-remaining-tokens': '149999000',
    'x-ratelimit-reset-tokens': '0s',
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

/** `120ms`, `8.64s`, `6m0s`, `2h3m4s`. */
function duration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`;
  if (ms < 60_000) return `${Math.ceil(ms / 10) / 100}s`;
  const seconds = Math.ceil(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = `${Math.floor((seconds % 3600) / 60)}m${seconds % 60}s`;
  return hours > 0 ? `${hours}h${minutes}` : minutes;
}
