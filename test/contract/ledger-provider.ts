import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a request. `lost`: billed, and the connection cut; `dropped`: cut before it was billed. */
export const FATES = ['answered', 'unusable', 'refused', 'lost', 'dropped'] as const;
export type Fate = (typeof FATES)[number];

/** The witness: a provider that keeps books of its own. */
export interface WitnessProvider {
  url: string;
  /** In all, by run. */
  paid: Map<string, number>;
  /** How often billed, by `<run>/<question>`. */
  billed: Map<string, number>;
  close(): Promise<void>;
}

/** Requests: `POST /<run>/<question>?fate=<fate>&cost=<cost>`. */
export async function startWitnessProvider(): Promise<WitnessProvider> {
  const paid = new Map<string, number>();
  const billed = new Map<string, number>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://provider');
    const [, run = '', question = ''] = pathname.split('/');
    const fate = searchParams.get('fate') as Fate;
    if (fate === 'answered' || fate === 'unusable' || fate === 'lost') {
      paid.set(run, (paid.get(run) ?? 0) + Number(searchParams.get('cost')));
      billed.set(`${run}/${question}`, (billed.get(`${run}/${question}`) ?? 0) + 1);
    }
    request.resume();
    if (fate === 'lost' || fate === 'dropped') {
      request.socket.destroy();
      return;
    }
    response.writeHead(fate === 'refused' ? 429 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ answer: fate === 'answered' ? `answer to ${question}` : null }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paid,
    billed,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
