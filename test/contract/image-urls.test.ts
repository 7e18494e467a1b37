import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createVision, type VisionConfig } from '../../src/vision/create.ts';

/** Rows that anybody may have written, and hosts that play tricks. 127.0.0.2 stands for the public internet. */

interface Host {
  origin: string;
  port: number;
  connections: number;
  answer: RequestListener;
  server: Server;
}

let outside: Host;
let inside: Host;
let photo: Buffer;
beforeAll(async () => {
  outside = await startHost('127.0.0.2');
  inside = await startHost('::');
  photo = await sharp({ create: { width: 90, height: 90, channels: 3, background: '#336699' } })
    .jpeg()
    .toBuffer();
});
beforeEach(() => {
  outside.answer = (_request, response) => response.end(photo);
  inside.answer = (_request, response) => response.end(photo);
  inside.connections = 0;
});
afterAll(() => {
  for (const { server } of [outside, inside]) {
    server.closeAllConnections();
    server.close();
  }
});

async function startHost(address: string): Promise<Host> {
  const server = createServer((request, response) => host.answer(request, response));
  const host = { origin: '', port: 0, connections: 0, server } as Host;
  server.on('connection', () => {
    host.connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  host.port = (server.address() as AddressInfo).port;
  host.origin = `http://${address}:${host.port}`;
  return host;
}

function streamWithoutEnd(response: ServerResponse): void {
  const chunk = Buffer.alloc(64 * 1024);
  const more = () => {
    while (response.write(chunk));
  };
  response.on('drain', more);
  more();
}

function load(reference: string, images: VisionConfig['images'] = {}) {
  const limits = { maxBytes: 200_000, timeoutMs: 400, allowPrivate: '127.0.0.2' };
  return createVision({ images: { ...limits, ...images } }).load(reference);
}

const refused = { name: 'ItemFailure', code: 'image-private-address' };

describe('an internal service', () => {
  test.each([
    ['127.0.0.1', 'loopback'],
    ['127.1', 'loopback'],
    ['2130706433', 'loopback'],
    ['0x7f000001', 'loopback'],
    ['0177.0.0.1', 'loopback'],
    ['127.0.0.1.', 'loopback'],
    ['0.0.0.0', 'unspecified'],
    ['[::]', 'unspecified'],
    ['[::1]', 'loopback'],
    ['[::ffff:127.0.0.1]', 'loopback'],
    ['[::ffff:7f00:1]', 'loopback'],
    ['[64:ff9b::127.0.0.1]', 'loopback'],
    ['[2002:7f00:1::]', 'translated'],
    ['169.254.169.254', 'link-local'],
    ['10.0.0.1', 'private'],
    ['localhost', 'loopback'],
  ])('at http://%s/ is not connected to', async (host, kind) => {
    await expect(load(`http://${host}:${inside.port}/a.jpg`)).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(`${kind} address.*IMAGE_ALLOW_PRIVATE`),
    });
    expect(inside.connections).toBe(0);
  });

  test('is not reached by a redirect either, however many hosts are between', async () => {
    outside.answer = (request, response) => {
      const location = request.url === '/1' ? '/2' : `http://127.0.0.1:${inside.port}/metadata`;
      response.writeHead(302, { location }).end();
    };
    await expect(load(`${outside.origin}/1`)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining(`${outside.origin}/1, redirected to http://127.0.0.1:`),
    });
    expect(inside.connections).toBe(0);
  });

  test.each(['127.0.0.1', '127.0.0.0/30', 'localhost', 'nas.example, localhost:PORT', 'all'])(
    'is read where %s is allowed',
    async (allowPrivate) => {
      const images = { allowPrivate: allowPrivate.replace('PORT', String(inside.port)) };
      const host = allowPrivate.includes('localhost') ? 'localhost' : '127.0.0.1';
      expect((await load(`http://${host}:${inside.port}/a.jpg`, images)).size).toBe(photo.length);
    },
  );

  test('is read where it is the base of images; another port of the same machine is not', async () => {
    const baseUrl = `http://127.0.0.1:${inside.port}/bucket`;
    expect((await load('a.jpg', { baseUrl })).size).toBe(photo.length);
    await expect(load(`http://127.0.0.1:${inside.port + 1}/a.jpg`, { baseUrl })).rejects.toMatchObject(
      refused,
    );
  });

  test('is found out before any work is done for what nobody can read: no such place ends the start', () => {
    for (const allowPrivate of ['10.0.0.0/33', 'http://nas/', 'a b', 'file://host/share', 'nas:port']) {
      expect(() => createVision({ images: { allowPrivate } })).toThrowError(
        expect.objectContaining({ name: 'UsageError', message: expect.stringContaining(allowPrivate) }),
      );
    }
  });
});

describe('a file URL', () => {
  let folder: string;
  let elsewhere: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'image-urls-'));
    elsewhere = `${folder}-elsewhere`;
    await writeFile(path.join(folder, 'a.jpg'), photo);
    await writeFile(elsewhere, photo);
  });
  afterAll(() => Promise.all([folder, elsewhere].map((place) => rm(place, { recursive: true }))));

  test('is read below a base that is a folder, or below a folder that is allowed', async () => {
    const url = pathToFileURL(path.join(folder, 'a.jpg')).href;
    const place = pathToFileURL(folder).href;
    for (const images of [{ baseUrl: place }, { allowPrivate: place }, { allowPrivate: 'all' }]) {
      expect((await load(url, images)).size).toBe(photo.length);
    }
  });

  test('reads nothing else on the machine of the worker', async () => {
    const baseUrl = pathToFileURL(folder).href;
    const secrets = [elsewhere, '/proc/self/environ', '/no/such/file'].map(
      (file) => pathToFileURL(file).href,
    );
    for (const url of [...secrets, `${baseUrl}/../x.jpg`, `${baseUrl}/%2e%2e/x.jpg`]) {
      await expect(load(url, { baseUrl })).rejects.toMatchObject(refused);
    }
  });
});

describe('an image host', () => {
  test('that streams without end is left at the size limit, and learns it', async () => {
    const left = Promise.withResolvers<void>();
    outside.answer = (_request, response) => {
      response.on('close', left.resolve);
      streamWithoutEnd(response);
    };
    await expect(load(outside.origin, { timeoutMs: 10_000 })).rejects.toMatchObject({
      code: 'image-too-large',
    });
    await left.promise;
  });

  test('that redirects with a body without end is followed all the same', async () => {
    outside.answer = (request, response) => {
      if (request.url === '/photo') return void response.end(photo);
      response.writeHead(302, { location: '/photo' });
      streamWithoutEnd(response);
    };
    expect((await load(outside.origin, { timeoutMs: 10_000 })).size).toBe(photo.length);
  });

  test('that sends a byte now and then does not keep anybody longer than the timeout', async () => {
    outside.answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100000' });
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    };
    await expect(load(outside.origin)).rejects.toMatchObject({
      code: 'image-unreachable',
      message: expect.stringContaining('no answer within 0.4 s'),
    });
  });

  test.each([
    ['a web page (HTML)', '\n<!DOCTYPE html><html><title>Sign in</title></html>'],
    ['a web page (HTML)', '<html><body>504 Gateway Time-out</body></html>'],
    ['JSON', '{"error":"not found"}'],
    ['a text in XML', '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'],
    ['a drawing (SVG)', '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['a PDF', '%PDF-1.7\n'],
    ['a video', Buffer.from('00000020667479706d703432', 'hex')],
    ['compressed (gzip)', gzipSync('a photo')],
  ])('that calls %s an image is not believed', async (kind, body) => {
    outside.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'image/jpeg' }).end(body);
    };
    await expect(load(`${outside.origin}/a.jpg`)).rejects.toMatchObject({
      code: 'image-wrong-type',
      message: `${outside.origin}/a.jpg answered with something else than an image: it is ${kind}`,
    });
  });

  test.each([{ 'content-type': 'text/html' }, { 'content-encoding': 'gzip' }])(
    'that says %j of a photo, which is wrong, is forgiven',
    async (headers) => {
      outside.answer = (_request, response) => response.writeHead(200, headers).end(photo);
      expect((await load(outside.origin)).size).toBe(photo.length);
    },
  );

  test.each([
    [403, '?X-Amz-Date=20240131T120000Z&X-Amz-Expires=3600&X-Amz-Signature=s3cret', '2024-01-31T13:00:00'],
    [400, '?X-Goog-Date=20240131T120000Z&X-Goog-Expires=60&X-Goog-Signature=s3cret', '2024-01-31T12:01:00'],
    [403, '?sv=2024&se=2024-01-31T12%3A00%3A00Z&sig=s3cret', '2024-01-31T12:00:00'],
    [403, '?Expires=1706702400&Key-Pair-Id=K&Signature=s3cret', '2024-01-31T12:00:00'],
    [410, '', 'taken away for good'],
  ])(
    'that answers %i to %s: the URL has ended, and its signature is not told',
    async (status, query, told) => {
      outside.answer = (_request, response) => response.writeHead(status).end();
      const failure = await load(`${outside.origin}/a.jpg${query}`).catch((error) => error);
      expect(failure).toMatchObject({ code: 'image-expired', message: expect.stringContaining(told) });
      expect(failure.message).not.toContain('s3cret');
    },
  );

  test('that refuses a signature before its time is over forbids it, unless the session behind it has ended', async () => {
    const now = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const url = `${outside.origin}/a.jpg?X-Amz-Date=${now}&X-Amz-Expires=3600&X-Amz-Security-Token=t`;
    outside.answer = (_request, response) => response.writeHead(403).end('<Code>AccessDenied</Code>');
    await expect(load(url)).rejects.toMatchObject({ code: 'image-forbidden' });
    outside.answer = (_request, response) => response.writeHead(400).end('<Code>ExpiredToken</Code>');
    await expect(load(url)).rejects.toMatchObject({ code: 'image-expired' });
  });

  test('is not told a user or a password of a row, and neither is anybody else', async () => {
    const failure = await load('http://ann:s3cret@127.0.0.2/a.jpg').catch((error) => error);
    expect(failure).toMatchObject({ code: 'row-invalid' });
    expect(failure.message).not.toMatch(/ann|s3cret/);
  });
});

describe('a slow image host', () => {
  test('has so many downloads at once, and others do not wait for it', async () => {
    const slow: (() => void)[] = [];
    outside.answer = (_request, response) => {
      slow.push(() => response.end(photo));
    };
    const images = { allowPrivate: '127.0.0.0/8', hostConnections: 3, timeoutMs: 20_000 };
    const eyes = createVision({ images });
    const waiting = Array.from({ length: 8 }, (_, n) => eyes.load(`${outside.origin}/${n}.jpg`));

    const others = Array.from({ length: 8 }, (_, n) => eyes.load(`http://127.0.0.1:${inside.port}/${n}.jpg`));
    await Promise.all(others);

    await expect.poll(() => slow.length).toBe(3);
    slow.shift()?.();
    await expect.poll(() => slow.length).toBe(3);
    for (const [done, image] of waiting.entries()) {
      await expect.poll(() => slow.length).toBe(Math.min(3, 7 - done));
      slow.shift()?.();
      await image;
    }
  });
});
