import { type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type FailureClass, ItemFailure } from '../domain/failure.ts';
import type { AllowedPlaces } from './allowed-places.ts';
import { answerFailure } from './answer-failure.ts';
import { follow, type ImageHosts } from './follow.ts';
import { foreignKind } from './foreign-bytes.ts';
import { UNTOLD_LENGTH_BYTES } from './limits.ts';
import { errorCode } from './network.ts';
import { type Body, within } from './within.ts';

export interface ImageSource extends ImageHosts {
  base: URL | undefined;
  maxBytes: number;
  /** What is read though it is not public, and which files. */
  allowed: AllowedPlaces;
}

/** An image whose size is known (or assumed) and whose bytes are not read yet. */
export interface Original {
  expectedBytes: number;
  read(): Promise<Buffer>;
}

/** Throws ItemFailure, as all here. */
export async function openFile(url: URL, { maxBytes, allowed }: ImageSource): Promise<Original> {
  let file: FileHandle | undefined;
  try {
    if (!allowed.file(fileURLToPath(url))) throw notAllowed(url);
    file = await open(url);
    const stat = await file.stat();
    if (!stat.isFile()) throw new ItemFailure('image-not-found', `${url} is no file`);
    if (stat.size > maxBytes) throw tooLarge(url.href, stat.size, maxBytes);
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
    const bytes = await file.readFile();
    const kind = foreignKind(bytes);
    if (kind !== null) throw new ItemFailure('image-undecodable', `${url} cannot be decoded: it is ${kind}`);
    return bytes;
  } catch (error) {
    throw fileFailure(url, error);
  }
}

function notAllowed(url: URL): ItemFailure {
  return new ItemFailure(
    'image-private-address',
    `${url} is not read: it is not below IMAGE_BASE_URL. If images are there, name their folder in the worker's IMAGE_ALLOW_PRIVATE, as ${new URL('.', url)}`,
  );
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
  const { maxBytes, timeoutMs } = source;
  const answer = await follow(url, source);
  const { name, response, leave } = answer;
  const told = Number(response.headers['content-length'] ?? Number.NaN);
  if (response.statusCode !== 200 || told > maxBytes) {
    const failure =
      response.statusCode === 200 ? tooLarge(name, told, maxBytes) : await answerFailure(answer, timeoutMs);
    response.body.on('error', () => {}).destroy();
    leave();
    throw failure;
  }
  return {
    expectedBytes: Number.isNaN(told) ? UNTOLD_LENGTH_BYTES : told,
    read: () =>
      within(
        timeoutMs,
        name,
        async () => photo(name, await collect(name, response.body, told || 0, maxBytes)),
        response.body,
      ).finally(leave),
  };
}

/** Whatever a host says its answer is, the bytes decide. */
function photo(name: string, bytes: Buffer): Buffer {
  const kind = foreignKind(bytes);
  if (kind === null) return bytes;
  throw new ItemFailure(
    'image-wrong-type',
    `${name} answered with something else than an image: it is ${kind}`,
  );
}

/** Into one buffer of the told length, so that a large image is not held twice. */
async function collect(name: string, body: Body, told: number, maxBytes: number): Promise<Buffer> {
  let bytes: Buffer = Buffer.allocUnsafeSlow(told);
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const needed = size + chunk.length;
    if (needed > maxBytes) throw tooLarge(name, needed, maxBytes);
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

function tooLarge(name: string, bytes: number, maxBytes: number): ItemFailure {
  const megabytes = (value: number) => `${(value / 1_000_000).toFixed(1)} MB`;
  return new ItemFailure(
    'image-too-large',
    `${name} has ${megabytes(bytes)} or more, and ${megabytes(maxBytes)} are allowed`,
  );
}
