import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { control } from './control.ts';
import { openai } from './openai.ts';
import { badRequest, jsonReply } from './openai-errors.ts';
import { modelList } from './openai-replies.ts';
import { OPENAI_PRICES } from './prices.ts';
import { rekognition } from './rekognition.ts';
import type { Door, Ending } from './serve.ts';
import { serve } from './serve.ts';
import { SimulatorState } from './state.ts';

/** Images in base64 and what surrounds them. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

const DOORS: Record<string, Door> = {
  'POST /v1/chat/completions': openai,
  'POST /v1/responses': openai,
  'POST /rekognition': rekognition,
  'POST /rekognition/': rekognition,
};

/** Both paid providers behind one HTTP server: `/v1` is OpenAI, `/rekognition` is Amazon Rekognition. */
export function createSimulator(): Server {
  const state = new SimulatorState();
  const server = createServer((request, response) => {
    receive(request)
      .then((body) => (body === 'gone' ? 'hang' : answer(state, request, response, body)))
      .then((ending) => finish(response, ending))
      .catch((error) => {
        process.stderr.write(`simulator: ${request.method} ${request.url}: ${error?.stack ?? error}\n`);
        response.destroy();
      });
  });
  server.keepAliveTimeout = 75_000;
  server.requestTimeout = 0;
  return server;
}

/** `gone` when the client broke off before its request was complete: nothing was asked. */
function receive(request: IncomingMessage): Promise<Buffer | 'gone' | 'too large'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    request.on('end', () => {
      const [only] = chunks;
      if (size > MAX_BODY_BYTES) resolve('too large');
      else resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks));
    });
    request.on('error', () => resolve('gone'));
  });
}

async function answer(
  state: SimulatorState,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer | 'too large',
): Promise<Ending> {
  const { method = 'GET', url = '/' } = request;
  if (body === 'too large') return jsonReply(413, '{"error":{"message":"The request is too large."}}');
  const door = DOORS[`${method} ${url}`];
  if (door !== undefined) {
    const { calls } = state;
    const record = calls.arrived(door.provider);
    const ending = await serve(state, door, { path: url, headers: request.headers, body }, record);
    if (response.destroyed && record.fate === 'answered') record.fate = 'abandoned';
    calls.ended(record);
    return ending;
  }
  if (url.startsWith('/_sim/')) return control(state, method, new URL(url, 'http://simulator'), body);
  if (method === 'GET' && url === '/v1/models')
    return jsonReply(
      200,
      modelList(Object.keys(OPENAI_PRICES).filter((name) => !state.settings.retiredModels.includes(name))),
    );
  return { ...badRequest(`Unknown request: ${method} ${url}`, null), status: 404 };
}

function finish(response: ServerResponse, ending: Ending): void {
  if (ending === 'hang') return;
  if (ending === 'cut') {
    response.destroy();
    return;
  }
  // A string body leaves in one write with the headers; a buffer would take two.
  response.writeHead(ending.status, {
    ...ending.headers,
    'content-length': Buffer.byteLength(ending.body),
  });
  response.end(ending.body);
}
