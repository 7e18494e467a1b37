import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';

export interface ImageServer {
  /** Ends with `/`; any name below it is an image of its own. */
  url: string;
  pid: number;
  stop(): void;
}

/** Serves images in a process of its own, so that its work is not counted as ours. */
export async function startImageServer(width: number, height: number): Promise<ImageServer> {
  const child = fork(import.meta.filename, [String(width), String(height)], { execArgv: [] });
  const url = await new Promise<string>((resolve) =>
    child.once('message', (message) => resolve(String(message))),
  );
  return { url, pid: child.pid ?? 0, stop: () => child.kill() };
}

/** A few photos with some noise; each name has a tail of its own after one of them, so no two have the same bytes. */
async function serve(width: number, height: number): Promise<string> {
  const photos: Buffer[] = [];
  for (let n = 0; n < 20; n += 1) {
    const noise = { type: 'gaussian' as const, mean: 100 + 3 * n, sigma: 20 };
    const create = { width, height, channels: 3 as const, background: '#808080', noise };
    photos.push(await sharp({ create }).blur(1.5).jpeg({ quality: 85 }).toBuffer());
  }
  const server = createServer(({ url = '' }, response) => {
    const photo = photos[Number(/(\d+)\.jpg$/.exec(url)?.[1] ?? 0) % photos.length] as Buffer;
    response.writeHead(200, { 'content-type': 'image/jpeg' });
    response.write(photo);
    response.end(url);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

if (import.meta.main) {
  const [, , width, height] = process.argv.map(Number);
  const url = await serve(width ?? 1024, height ?? 683);
  process.on('disconnect', () => process.exit());
  process.send?.(url);
}
