import { type Dispatcher, request } from 'undici';
import { ItemFailure } from '../domain/failure.ts';
import type { HostSlots } from './host-slots.ts';
import { within } from './within.ts';

export interface ImageHosts {
  dispatcher: Dispatcher;
  slots: HostSlots;
  /** For the start of the last answer, after all redirects. */
  timeoutMs: number;
}

/** The answer of a host that redirects no further. Its body is to be read or destroyed, then `leave` to be called. */
export interface Answer {
  url: URL;
  /** For messages: how it was come to, without what a URL is signed with. */
  name: string;
  response: Dispatcher.ResponseData;
  leave: () => void;
}

const MAX_REDIRECTS = 5;

/** As much of a redirect's body is read, to keep its connection. */
const REDIRECT_BODY_BYTES = 16 * 1024;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Waiting for a slot does not count against the timeout. Throws ItemFailure. */
export async function follow(first: URL, { dispatcher, slots, timeoutMs }: ImageHosts): Promise<Answer> {
  let url = first;
  let leftMs = timeoutMs;
  for (let redirects = 0; ; redirects++) {
    const name = redirects === 0 ? shown(first) : `${shown(first)}, redirected to ${shown(url)},`;
    const leave = await slots.take(url.host);
    try {
      const began = performance.now();
      const response = await within(leftMs, name, (signal) => ask(url, dispatcher, signal));
      if (!REDIRECTS.has(response.statusCode)) return { url, name, response, leave };
      leftMs = Math.max(1, leftMs - (performance.now() - began));
      if (redirects === MAX_REDIRECTS) throw leadsNowhere(`${name} redirects too often (${redirects} times)`);
      url = redirectTarget(url, response.headers.location?.toString() ?? '', name);
    } catch (error) {
      leave();
      throw error;
    }
    leave();
  }
}

async function ask(url: URL, dispatcher: Dispatcher, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  const response = await request(url, { dispatcher, signal });
  if (REDIRECTS.has(response.statusCode)) await response.body.dump({ limit: REDIRECT_BODY_BYTES, signal });
  return response;
}

/** Throws ItemFailure for what is not followed. */
export function redirectTarget(from: URL, location: string, name = shown(from)): URL {
  if (location === '' || !URL.canParse(location, from.href))
    throw leadsNowhere(`${name} redirects to nowhere`);
  const target = new URL(location, from);
  const { protocol } = target;
  if (protocol === 'https:' || (protocol === 'http:' && from.protocol === 'http:')) return target;
  throw leadsNowhere(
    `${name} redirects to ${shown(target)}: from ${from.protocol} to ${protocol} is not followed`,
  );
}

function leadsNowhere(message: string): ItemFailure {
  return new ItemFailure('image-not-found', message);
}

/** Without its query: who knows a signature may read with it. */
function shown({ protocol, host, pathname, search }: URL): string {
  return `${protocol}//${host}${pathname}${search === '' ? '' : '?…'}`;
}
