import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A provider of tiny answers, which counts what it would bill. The witness of tests about the engine. */
export interface TinyProvider {
  url: string;
  /** Billed calls by question. */
  billed: Map<string, number>;
  /** Epoch milliseconds of every request that arrived. */
  arrivals: number[];
  latencyMs: number;
  /** Decides about one request before it is billed: a status to refuse with, or null to answer. */
  refuse: (question: string) => number | null;
  close(): Promise<void>;
}

export async function startTinyProvider(port = 0): Promise<TinyProvider> {
  const provider: Omit<TinyProvider, 'url' | 'close'> = {
    billed: new Map(),
    arrivals: [],
    latencyMs: 0,
    refuse: () => null,
  };
  const server = createServer((request, response) => {
    const question = decodeURIComponent(request.url?.slice(1) ?? '');
    const answer = () => {
      const refused = provider.refuse(question);
      if (refused === null) provider.billed.set(question, (provider.billed.get(question) ?? 0) + 1);
      response.writeHead(refused ?? 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ answer: `answer to ${question}` }));
    };
    provider.arrivals.push(Date.now());
    request.resume();
    if (provider.latencyMs > 0) setTimeout(answer, provider.latencyMs);
    else answer();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return Object.assign(provider, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}
