import { type FileHandle, open } from 'node:fs/promises';
import { type Dispatcher, request } from 'undici';
import { type FailureClass, ItemFailure } from '../domain/failure.ts';
import { UNTOLD_LENGTH_BYTES } from './limits.ts';
import { errorCode } from './network.ts';
import { retryAfterMs } from './retry-after.ts';

export interface ImageSource {
  base: URL | undefined;
  maxBytes: number;
  timeoutMs: number;
  dispatcher: Dispatcher;
}

/** An image whose size is known (or assumed) and whose bytes are not read yet. */
export interface Original {
  expectedBytes: number;
  read(): Promise<Buffer>;
}

/** Throws ItemFailure, as all here. */
export async function openFile(url: URL, { maxBytes }: ImageSource): Promise<Original> {
  let file: FileHandle | undefined;
  try {
    file = await open(url);
    const stat = await file.stat();
    if (!stat.isFile()) throw new ItemFailure('image-not-found', `${url} is no file`);
    if (stat.size > maxBytes) throw tooLarge(url, stat.size, maxBytes);
    return { expectedBytes: stat.size, read: () => readFile(url) };
  } catch (error) {
    throw fileFailure(url, error);
  } finally {
    await file?.close();
  }
}

async function readFile(url: URL): Promise<Buffer> {
  try {
    await using file = await open(url);
    return await file.readFile();
  } catch (error) {
    throw fileFailure(url, error);
  }
}

function fileFailure(url: URL, error: unknown): ItemFailure {
  if (error instanceof ItemFailure) return error;
  const code = errorCode(error);
  const message = `${url} could not be read: ${code ?? String(error)}`;
  return new ItemFailure(FILE_FAILURES[code ?? ''] ?? 'image-unreachable', message, { cause: error });
}

const FILE_FAILURES: Record<string, FailureClass> = {
  ENOENT: 'image-not-found',
  ENOTDIR: 'image-not-found',
  EISDIR: 'image-not-found',
  ENAMETOOLONG: 'image-not-found',
  ERR_INVALID_FILE_URL_HOST: 'row-invalid',
  ERR_INVALID_FILE_URL_PATH: 'row-invalid',
  EACCES: 'image-forbidden',
  EPERM: 'image-forbidden',
};

export async function openHttp(url: URL, source: ImageSource): Promise<Original> {
  const { maxBytes, timeoutMs, dispatcher } = source;
  const response = await attempt(url, (signal) => request(url, { dispatcher, signal }), timeoutMs);
  const refuse = (failure: ItemFailure) => {
    response.body.on('error', () => {}).destroy();
    return failure;
  };
  if (response.statusCode !== 200) throw refuse(statusFailure(url, response));
  const told = Number(response.headers['content-length'] ?? Number.NaN);
  if (told > maxBytes) throw refuse(tooLarge(url, told, maxBytes));
  return {
    expectedBytes: Number.isNaN(told) ? UNTOLD_LENGTH_BYTES : told,
    read: () =>
      attempt(url, () => collect(url, response.body, told || 0, maxBytes), timeoutMs, response.body),
  };
}

type Body = Dispatcher.ResponseData['body'];

/** Waiting for memory lies between the two attempts of a download, and does not count against its timeout. */
async function attempt<T>(
  url: URL,
  action: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
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
    throw cause instanceof ItemFailure ? cause : unreachable(url, cause);
  } finally {
    clearTimeout(timer);
  }
}

function unreachable(url: URL, cause: unknown): ItemFailure {
  const why = errorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
  return new ItemFailure('image-unreachable', `${url} could not be read: ${why}`, { cause });
}

/** Into one buffer of the told length, so that a large image is not held twice. */
async function collect(url: URL, body: Body, told: number, maxBytes: number): Promise<Buffer> {
  let bytes: Buffer = Buffer.allocUnsafeSlow(told);
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const needed = size + chunk.length;
    if (needed > maxBytes) throw tooLarge(url, needed, maxBytes);
    if (needed > bytes.length) bytes = grown(bytes, Math.min(maxBytes, Math.max(needed, 2 * bytes.length)));
    chunk.copy(bytes, size);
    size = needed;
  }
  return bytes.subarray(0, size);
}

function grown(bytes: Buffer, size: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(size);
  bytes.copy(larger);
  return larger;
}

function statusFailure(url: URL, { statusCode, headers }: Dispatcher.ResponseData): ItemFailure {
  const code = statusClass(statusCode);
  const wait = code === 'image-unreachable' ? retryAfterMs((name) => headers[name]?.toString()) : undefined;
  const message =
    statusCode >= 300 && statusCode < 400
      ? `${url} redirects too often, or to nowhere (${statusCode})`
      : `${url} answered ${statusCode}`;
  return new ItemFailure(code, message, wait === undefined ? {} : { retryAfterMs: wait });
}

function statusClass(status: number): FailureClass {
  if (status === 401 || status === 403) return 'image-forbidden';
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'image-unreachable';
  return 'image-not-found';
}

function tooLarge(url: URL, bytes: number, maxBytes: number): ItemFailure {
  const megabytes = (value: number) => `${(value / 1_000_000).toFixed(1)} MB`;
  return new ItemFailure(
    'image-too-large',
    `${url} has ${megabytes(bytes)} or more, and ${megabytes(maxBytes)} are allowed`,
  );
}
