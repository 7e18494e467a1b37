import { fileURLToPath, pathToFileURL } from 'node:url';
import { ItemFailure, RunPaused, UsageError } from '../domain/failure.ts';

/**
 * Where an image is. A reference with a scheme stands for itself; everything else is a key (a raw name, not
 * percent-encoded) under the base. Throws ItemFailure `row-invalid`; RunPaused where a key has no base.
 */
export function resolveReference(reference: string, base: URL | undefined): URL {
  const scheme = /^([a-z][a-z0-9+.-]*):(?=\/\/)|^(file|data|blob):/i.exec(reference)?.[0].toLowerCase();
  if (scheme === undefined) return underBase(reference, base);
  if (scheme === 's3:') {
    throw new ItemFailure(
      'row-invalid',
      `${reference}: s3:// is not read directly; store the key alone and give the bucket's http(s) address as the base of images`,
    );
  }
  if (!READABLE.has(scheme)) {
    throw new ItemFailure('row-invalid', `${shorten(reference)}: images are read by http, https or file`);
  }
  return parse(reference);
}

/** The base as a folder. Throws UsageError. */
export function parseBase(base: string): URL {
  const url = URL.canParse(base) ? new URL(base) : null;
  if (url === null || !READABLE.has(url.protocol)) {
    throw new UsageError(
      `The base of images is ${JSON.stringify(base)}, which is no file:, http: or https: URL`,
      'For a bucket give its address over https, for a folder file:///path/to/images',
    );
  }
  if (holdsCredentials(url)) {
    throw new UsageError(
      'The base of images holds a user or a password, and these are not sent',
      'Give the address alone',
    );
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

const READABLE = new Set(['http:', 'https:', 'file:']);

function underBase(key: string, base: URL | undefined): URL {
  const segments = key.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.length === 0 || key.includes('\0')) {
    throw new ItemFailure('row-invalid', `${JSON.stringify(key)} does not name an image`);
  }
  if (segments.includes('..')) throw new ItemFailure('row-invalid', `${key} leads out of the base of images`);
  if (base === undefined) {
    throw new RunPaused({ kind: 'configuration', message: withoutBase(key) });
  }
  if (base.protocol === 'file:') return pathToFileURL(`${fileURLToPath(base)}${segments.join('/')}`);
  const url = new URL(base);
  url.pathname += segments.map(encodeURIComponent).join('/');
  return url;
}

function withoutBase(key: string): string {
  return `the image ${shorten(key)} is a key, and nothing says where keys are: set IMAGE_BASE_URL for the worker (the https: address of a bucket, or file:///path/to/images), start it again, and resume`;
}

function parse(reference: string): URL {
  if (!URL.canParse(reference)) throw new ItemFailure('row-invalid', `${shorten(reference)} is no valid URL`);
  const url = new URL(reference);
  if (!holdsCredentials(url)) return url;
  const why = 'its URL holds a user or a password, and these are not sent';
  throw new ItemFailure('row-invalid', `the image at ${url.host} is not read: ${why}`);
}

function holdsCredentials({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

function shorten(reference: string): string {
  return reference.length > 200 ? `${reference.slice(0, 200)}…` : reference;
}
