import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ImageHost {
  origin: string;
  /** As rows and IMAGE_ALLOW_PRIVATE name it. */
  place: string;
  /** Paths that were asked for. */
  asked: string[];
  close(): void;
}

/** A web server on an address of this machine that answers by path, and 404 to others. */
export async function startImageHost(
  answers: Record<string, RequestListener>,
  address = '127.0.0.1',
): Promise<ImageHost> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://host');
    asked.push(pathname);
    const answer = answers[pathname];
    if (answer) answer(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const place = `${address}:${(server.address() as AddressInfo).port}`;
  return {
    origin: `http://${place}`,
    place,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
