import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Provider } from '../../domain/call.ts';
import { isDocumentAppraisal } from './answers.ts';
import type { CallFate, CallRecord } from './calls.ts';
import type { ImageHeader } from './image-header.ts';
import type { Refusal, Standing } from './limits.ts';
import type { Picture } from './pictures.ts';
import { lookAt } from './pictures.ts';
import type { Fault } from './settings.ts';
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
  answer(pictures: Picture[], flaw: Flaw | null): { body: string; nanodollars: number };
}

/** How one provider reads requests, and how it words its answers. */
export interface Door {
  provider: Provider;
  formats: readonly ImageHeader['format'][];
  /** A reply when the request cannot be accepted: bad key, unknown model, wrong parameters. */
  read(incoming: Incoming, badKeys: readonly string[]): Inquiry | Reply;
  ok(body: string, standing: Standing): Reply;
  overLimit(refusal: Refusal, inquiry: Inquiry): Reply;
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
  const inquiry = door.read(incoming, state.settings.badKeys);
  if ('status' in inquiry) return end('rejected', inquiry);
  record.operation = inquiry.operation;
  record.model = inquiry.model;

  const refusal = state.limits.take(door.provider, inquiry.model);
  if (refusal !== null) return end('throttled', door.overLimit(refusal, inquiry));

  const looks = await Promise.all(inquiry.images.map(lookAt));
  const pictures = looks.filter(
    (picture) => picture !== null && door.formats.includes(picture.format),
  ) as Picture[];
  if (pictures.length < looks.length) return end('rejected', door.invalidImage());
  const content = pictures.map((picture) => picture.content).join('+');
  record.content = content;

  const { operation } = inquiry;
  const numbers = pictures.map((picture) => picture.number);
  const fault = state.faults.next({ provider: door.provider, operation, content, numbers });
  if (fault?.kind === 'timeout') return end('hung', 'hang');
  if (fault?.kind === 'cut') return end('cut', 'cut');
  const complaint = fault === null ? null : door.fault(fault);
  if (complaint !== null) return end(fateOf(complaint.status, fault), complaint);

  const { body, nanodollars } = inquiry.answer(pictures, flawOf(fault));
  state.bill.charge({ provider: door.provider, operation, model: inquiry.model, content, nanodollars });
  if (pictures.some((picture) => isDocumentAppraisal(operation, picture))) state.bill.noteDocumentAppraised();
  record.billed = true;
  if (fault?.kind === 'cut-after-billing') return end('cut', 'cut');

  const { latencyMs, jitterMs } = state.settings;
  if (latencyMs + jitterMs > 0) await sleep(latencyMs + jitterMs * Math.random());
  return end('answered', door.ok(body, state.limits.standing(door.provider, inquiry.model)));
}

function fateOf(status: number, fault: Fault | null): CallFate {
  if (fault?.kind.startsWith('throttle')) return 'throttled';
  return status < 500 ? 'rejected' : 'failed';
}

function flawOf(fault: Fault | null): Flaw | null {
  const kind = fault?.kind;
  return kind === 'not-json' || kind === 'off-schema' || kind === 'refusal' ? kind : null;
}
