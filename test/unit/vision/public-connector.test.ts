import { createServer } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allowedPlaces } from '../../../src/vision/allowed-places.ts';
import { publicConnector } from '../../../src/vision/public-connector.ts';

/** Names that resolve to what the test says. 127.0.0.2 stands for a public address; the server closes each connection. */
const server = createServer((request, response) => {
  response.writeHead(200, { connection: 'close' }).end(request.socket.localAddress);
});
let port: number;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

async function visit(resolved: string[][], times = 1): Promise<string[]> {
  const answers = [...resolved];
  const resolve: LookupFunction = (_name, _options, done) => {
    const addresses = answers.length > 1 ? answers.shift() : answers[0];
    done(null, addresses?.map((address) => ({ address, family: 4 })) ?? []);
  };
  const dispatcher = new Agent({ connect: publicConnector(allowedPlaces(undefined, '127.0.0.2'), resolve) });
  const visited: string[] = [];
  try {
    for (let n = 0; n < times; n++) {
      const { body } = await request(`http://photos.example:${port}/`, { dispatcher });
      visited.push(await body.text());
    }
    return visited;
  } finally {
    await dispatcher.close();
  }
}

test('a name that resolves to a private address is not connected to', async () => {
  await expect(visit([['127.0.0.1']])).rejects.toMatchObject({
    name: 'PrivateAddress',
    message: 'photos.example is 127.0.0.1, which is a loopback address',
  });
});

test('of the addresses of a name only public ones are connected to', async () => {
  expect(await visit([['127.0.0.1', '127.0.0.2', '10.0.0.1']])).toEqual(['127.0.0.2']);
});

test('a name that was public and then resolves to a private address is not connected to again', async () => {
  expect(await visit([['127.0.0.2'], ['127.0.0.2']], 2)).toEqual(['127.0.0.2', '127.0.0.2']);
  await expect(visit([['127.0.0.2'], ['127.0.0.1']], 2)).rejects.toMatchObject({ name: 'PrivateAddress' });
});
