import type { Dispatcher } from 'undici';
import { ItemFailure } from '../domain/failure.ts';
import { errorCode } from './network.ts';
import { PrivateAddress } from './public-connector.ts';

export type Body = Dispatcher.ResponseData['body'];

/** Ends the action, and the body it reads, when the time is over, however slowly something still arrives. */
export async function within<T>(
  timeoutMs: number,
  name: string,
  action: (signal: AbortSignal) => Promise<T>,
  body?: Body,
): Promise<T> {
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    const error = new Error(`no answer within ${timeoutMs / 1000} s`);
    timeout.abort(error);
    body?.destroy(error);
  }, timeoutMs);
  try {
    return await action(timeout.signal);
  } catch (cause) {
    throw asItemFailure(name, cause);
  } finally {
    clearTimeout(timer);
  }
}

function asItemFailure(name: string, cause: unknown): ItemFailure {
  if (cause instanceof ItemFailure) return cause;
  if (cause instanceof PrivateAddress) return isPrivate(name, cause);
  const why = errorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
  return new ItemFailure('image-unreachable', `${name} could not be read: ${why}`, { cause });
}

function isPrivate(name: string, cause: PrivateAddress): ItemFailure {
  return new ItemFailure(
    'image-private-address',
    `${name} is not read: ${cause.message}. If images are there, name it in the worker's IMAGE_ALLOW_PRIVATE`,
    { cause },
  );
}
