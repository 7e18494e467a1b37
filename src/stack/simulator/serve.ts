import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { Provider } from '../../domain/call.ts';
import { isDocumentAppraisal } from './answers.ts';
import type { CallFate, CallRecord } from './calls.ts';
import type { Refusal } from './gate.ts';
import type { ImageHeader } from './image-header.ts';
import type { Standings } from './limits.ts';
import type { Picture } from './pictures.ts';
import { lookAt } from './pictures.ts';
import type { Fault, Settings } from './settings.ts';
import type { SimulatorState } from './state.ts';

export interface Incoming {
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** `hang`: nothing more is said until the client goes. `cut`: the socket is destroyed. */
export type Ending = Reply | 'hang' | 'cut';

/** How an answer can be spoiled; the call is billed all the same. */
export type Flaw = 'not-json' | 'off-schema' | 'refusal';

/** A request that makes sense. */
export interface Inquiry {
  operation: string;
  model: string;
  /** Base64, as sent. */
  images: Buffer[];
  /** What it counts against a limit of tokens, before it is answered. */
  tokens(pictures: Picture[]): number;
  /** `wordiness`: how many tokens an answer counts, of those that it has. */
  answer(pictures: Picture[], flaw: Flaw | null, wordiness: number): { body: string; nanodollars: number };
}

/** How one provider reads requests, and how it words its answers. */
export interface Door {
  provider: Provider;
  formats: readonly ImageHeader['format'][];
  /** A reply when the request cannot be accepted: bad key, unknown model, wrong parameters. */
  read(incoming: Incoming, settings: Settings): Inquiry | Reply;
  ok(body: string, standings: Standings): Reply;
  overLimit(refusal: Refusal, inquiry: Inquiry, standings: Standings): Reply;
  invalidImage(): Reply;
  /** Null for what this provider never says. */
  fault(fault: Fault): Reply | null;
}

/**
 * One call from its arrival to its ending. It is billed when it is accepted: a client that goes away before
 * the answer pays all the same.
 */
export async function serve(
  state: SimulatorState,
  door: Door,
  incoming: Incoming,
  record: CallRecord,
): Promise<Ending> {
  const end = (fate: CallFate, ending: Ending): Ending => {
    record.fate = fate;
    return ending;
  };
  const inquiry = door.read(incoming, state.settings);
  if ('status' in inquiry) return end('rejected', inquiry);
  record.operation = inquiry.operation;
  record.model = inquiry.model;

  const { limits } = state;
  const standings = () => limits.standing(door.provider, inquiry.model);
  const look = () => lookAtAll(inquiry.images, door.formats);
  // Looked at before only where it matters: a limit of requests is to see them as they arrive.
  record.tokens = limits.countsTokens(door.provider, inquiry.model) ? inquiry.tokens(await look()) : null;
  const refusal = limits.take(door.provider, inquiry.model, record.tokens ?? 0);
  if (refusal !== null) return end('throttled', door.overLimit(refusal, inquiry, standings()));

  const pictures = await look();
  if (pictures.length < inquiry.images.length) return end('rejected', door.invalidImage());
  const content = pictures.map((picture) => picture.content).join('+');
  record.content = content;

  const { operation } = inquiry;
  const numbers = pictures.map((picture) => picture.number);
  const fault = state.faults.next({ provider: door.provider, operation, content, numbers });
  if (fault?.kind === 'timeout') return end('hung', 'hang');
  if (fault?.kind === 'cut') return end('cut', 'cut');
  const complaint = fault === null ? null : door.fault(fault);
  if (complaint !== null) return end(fateOf(complaint.status, fault), complaint);

  const wordiness = wordinessOf(state.settings, `${operation}/${inquiry.model}/${content}`);
  const { body, nanodollars } = inquiry.answer(pictures, flawOf(fault), wordiness);
  state.bill.charge({ provider: door.provider, operation, model: inquiry.model, content, nanodollars });
  if (pictures.some((picture) => isDocumentAppraisal(operation, picture))) state.bill.noteDocumentAppraised();
  record.billed = true;
  record.costUsd = nanodollars / 1e9;
  if (fault?.kind === 'cut-after-billing') return end('cut', 'cut');

  const { latencyMs, jitterMs } = state.settings;
  if (latencyMs + jitterMs > 0) await sleep(latencyMs + jitterMs * Math.random());
  return end('answered', door.ok(body, standings()));
}

async function lookAtAll(images: Buffer[], formats: Door['formats']): Promise<Picture[]> {
  const pictures = await Promise.all(images.map(lookAt));
  return pictures.filter((picture) => picture !== null && formats.includes(picture.format)) as Picture[];
}

/** The same for the same question about the same content, in whatever order they come. */
function wordinessOf({ tokenJitter, seed }: Settings, question: string): number {
  return 1 + tokenJitter * ((2 * crc32(`${seed}/${question}`)) / 2 ** 32 - 1);
}

function fateOf(status: number, fault: Fault | null): CallFate {
  if (fault?.kind.startsWith('throttle')) return 'throttled';
  return status < 500 ? 'rejected' : 'failed';
}

function flawOf(fault: Fault | null): Flaw | null {
  const kind = fault?.kind;
  return kind === 'not-json' || kind === 'off-schema' || kind === 'refusal' ? kind : null;
}
