import { type FailureClass, ItemFailure } from '../domain/failure.ts';
import type { Answer } from './follow.ts';
import { retryAfterMs } from './retry-after.ts';
import { expiryOf } from './url-expiry.ts';
import { type Body, within } from './within.ts';

/** Why an image host's answer brings no image. The answer may be read in part. Never rejects. */
export async function answerFailure(answer: Answer, timeoutMs: number): Promise<ItemFailure> {
  const { name, response } = answer;
  const { statusCode, headers } = response;
  const ended = await endOf(answer, timeoutMs);
  if (ended !== null) return new ItemFailure('image-expired', `${name} answered ${statusCode}: ${ended}`);
  const code = statusClass(statusCode);
  const wait =
    code === 'image-unreachable' ? retryAfterMs((header) => headers[header]?.toString()) : undefined;
  const options = wait === undefined ? {} : { retryAfterMs: wait };
  return new ItemFailure(code, `${name} answered ${statusCode}`, options);
}

/** In which way the address has come to its end; null where it has not. */
async function endOf({ url, name, response }: Answer, timeoutMs: number): Promise<string | null> {
  const { statusCode, body } = response;
  if (statusCode === 410) return 'it was taken away for good';
  if (!REFUSING_SIGNATURES.has(statusCode)) return null;
  const expiry = expiryOf(url);
  if (expiry !== null && expiry <= Date.now()) {
    return `its signature ended on ${new Date(expiry).toISOString()}: sign it anew`;
  }
  // A URL ends with the session of AWS that has signed it, whatever it says itself.
  if (!url.searchParams.has('X-Amz-Security-Token')) return null;
  const words = await within(timeoutMs, name, () => beginning(body), body).catch(() => '');
  return words.includes('<Code>ExpiredToken</Code>')
    ? 'the session that has signed it is over: sign it anew'
    : null;
}

/** What stores answer to a signature that has ended: S3 and Supabase also 400. */
const REFUSING_SIGNATURES = new Set([400, 401, 403]);

const BEGINNING_BYTES = 2048;

async function beginning(body: Body): Promise<string> {
  let text = '';
  for await (const chunk of body as AsyncIterable<Buffer>) {
    text += chunk.toString('latin1');
    if (text.length >= BEGINNING_BYTES) break;
  }
  return text;
}

function statusClass(status: number): FailureClass {
  if (status === 401 || status === 403) return 'image-forbidden';
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'image-unreachable';
  return 'image-not-found';
}
