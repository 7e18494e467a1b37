import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Stands before a real server, and makes trouble when told to. */
export interface TroubleProxy {
  url: string;
  /** None: every request passes. */
  trouble: Trouble | undefined;
  close(): Promise<void>;
}

/** Decides about one request: passes it on, or answers itself. Null: the connection breaks without an answer. */
export type Trouble = (asked: Asked, pass: Pass) => Promise<Reply | null>;

/** Null where the server did not answer. */
export type Pass = (body?: Buffer | string) => Promise<Reply | null>;

export interface Asked {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export async function startTroubleProxy(target: string): Promise<TroubleProxy> {
  const agent = new Agent({ keepAlive: true });
  const proxy = { trouble: undefined as Trouble | undefined };
  const server = createServer(async (incoming, response) => {
    response.on('error', () => undefined);
    const body = await buffer(incoming).catch(() => null);
    if (!body) return;
    const { method = 'GET', url: path = '/', headers } = incoming;
    const asked: Asked = { method, path, headers, body };
    const pass: Pass = (instead = body) => forward(target, agent, asked, instead).catch(() => null);
    const reply = proxy.trouble ? await proxy.trouble(asked, pass) : await pass();
    if (!reply) return void incoming.socket.destroy();
    response.writeHead(reply.status, reply.headers);
    response.end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        agent.destroy();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}

export function replyOf(status: number, type: string, body: object): Reply {
  return { status, headers: { 'content-type': type }, body: Buffer.from(JSON.stringify(body)) };
}

/** What belongs to the connection; and nothing is to come compressed, as a trouble may have to read it. */
const NOT_PASSED = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding']);
const NOT_TOLD = new Set(['connection', 'keep-alive', 'content-length', 'transfer-encoding', 'x-amz-crc32']);

function forward(target: string, agent: Agent, asked: Asked, body: Buffer | string): Promise<Reply> {
  const { method, path, headers } = asked;
  const length = Buffer.byteLength(body);
  const passed = { ...without(headers, NOT_PASSED), ...(length > 0 && { 'content-length': length }) };
  return new Promise((resolve, reject) => {
    const outgoing = request(`${target}${path}`, { method, agent, headers: passed }, (answer) => {
      replied(answer).then(resolve, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function replied(answer: IncomingMessage): Promise<Reply> {
  const body = await buffer(answer);
  return { status: answer.statusCode ?? 502, headers: without(answer.headers, NOT_TOLD), body };
}

function without(headers: IncomingHttpHeaders, names: ReadonlySet<string>): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.has(name)));
}
