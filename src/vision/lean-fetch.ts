import { type Dispatcher, request } from 'undici';
import { errorCode, neverSent } from './network.ts';

/**
 * The part of `fetch` that the OpenAI client needs, over undici's `request`, for less than half of the CPU time
 * of the built-in one. It resolves when the whole body is there, so that the client's timeout covers all of it.
 */
export function leanFetch(dispatcher: Dispatcher): typeof fetch {
  return async (input, init) => {
    const reply = await send(String(input), {
      dispatcher,
      method: (init?.method ?? 'GET') as Dispatcher.HttpMethod,
      headers: Object.fromEntries(new Headers(init?.headers)),
      body: (init?.body ?? null) as Buffer | null,
      signal: init?.signal ?? null,
    });
    const body = reply.statusCode === 204 ? null : await reply.body.text();
    const headers = Object.entries(reply.headers).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]);
    return new Response(body, { status: reply.statusCode, headers });
  };
}

async function send(url: string, options: Parameters<typeof request>[1]) {
  try {
    return await request(url, options);
  } catch (error) {
    // The client would take "connect timeout" for a timeout of the call, which may have been billed.
    throw neverSent(error) ? noConnection(error) : error;
  }
}

function noConnection(error: unknown): Error {
  return Object.assign(new Error('no connection'), { code: errorCode(error) });
}
