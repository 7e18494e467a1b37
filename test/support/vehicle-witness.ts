import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';

/** Stands between a worker and the providers, and looks at every picture that passes. */
export interface Witness {
  url: string;
  pictures: SeenPicture[];
  close(): Promise<void>;
}

export interface SeenPicture {
  path: string;
  width: number;
  height: number;
  /** Kinds of metadata in it: `exif` (with the place in it), `xmp`, `iptc`, `orientation`. */
  metadata: string[];
}

export async function startWitness(provider = process.env.SIMULATOR_URL): Promise<Witness> {
  const pictures: SeenPicture[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    for (const image of imagesIn(body)) pictures.push(await look(request.url ?? '', image));
    const reply = await fetch(`${provider}${request.url}`, {
      method: 'POST',
      headers: passedOn(request),
      body: new Uint8Array(body),
    });
    response.writeHead(reply.status, Object.fromEntries(reply.headers));
    response.end(Buffer.from(await reply.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pictures,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const OF_THE_CONNECTION = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'expect']);

function passedOn({ headers }: IncomingMessage): Record<string, string> {
  const own = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name));
  return Object.fromEntries(own.map(([name, value]) => [name, String(value)]));
}

/** A JPEG in base64 begins with /9j/, a PNG with iVBO; anything that long is a picture in any case. */
function imagesIn(body: Buffer): Buffer[] {
  const found = body.toString('latin1').match(/[A-Za-z0-9+/]{2000,}={0,2}/g) ?? [];
  return found.map((base64) => Buffer.from(base64, 'base64'));
}

async function look(path: string, image: Buffer): Promise<SeenPicture> {
  const { width, height, exif, xmp, iptc, orientation } = await sharp(image).metadata();
  const metadata = Object.entries({ exif, xmp, iptc, orientation })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  return { path, width, height, metadata };
}
