import { type Message, readEvent } from './event.ts';
import type { FeatureWriter, Outcome } from './feature-writer.ts';
import { openFeatureWriter } from './open.ts';

/** At once, per invocation. Their photos are looked up together. */
const LISTINGS_AT_ONCE = 25;

export interface Answer {
  listings: Outcome[];
}

/** Which messages the queue is to keep, as AWS wants it told. */
export interface QueueAnswer {
  batchItemFailures: { itemIdentifier: string }[];
}

type Outcomes = Map<string, Outcome | Error>;

let opened: FeatureWriter | undefined;

/**
 * The AWS Lambda function that gives uploaded listings their three fields. What it did already it leaves as it is, so
 * an invocation may be repeated.
 */
export async function handler(event: unknown): Promise<Answer | QueueAnswer> {
  opened ??= openFeatureWriter(process.env);
  const request = readEvent(event);
  if (request.kind === 'queue') {
    const zpids = request.messages.flatMap((message) => message.zpids ?? []);
    return keepFailed(request.messages, await writeAll(opened, zpids));
  }
  return answer(await writeAll(opened, request.zpids));
}

async function writeAll(writer: FeatureWriter, zpids: readonly string[]): Promise<Outcomes> {
  const outcomes: Outcomes = new Map();
  const waiting = [...new Set(zpids)];
  while (waiting.length > 0) {
    const group = waiting.splice(0, LISTINGS_AT_ONCE);
    const settled = await Promise.allSettled(group.map((zpid) => writer.write(zpid)));
    for (const [n, zpid] of group.entries()) {
      const one = settled[n];
      if (one?.status === 'fulfilled') outcomes.set(zpid, one.value);
      else outcomes.set(zpid, failure(zpid, one?.reason));
    }
  }
  return outcomes;
}

function failure(zpid: string, reason: unknown): Error {
  const error = reason instanceof Error ? reason : new Error(String(reason));
  console.error(`listing ${zpid}: ${error.message}`);
  return error;
}

function answer(outcomes: Outcomes): Answer {
  const all = [...outcomes];
  const failed = all.filter(([, outcome]) => outcome instanceof Error);
  const [first] = failed;
  if (!first) return { listings: all.map(([, outcome]) => outcome as Outcome) };
  const [zpid, error] = first;
  throw new Error(
    `${failed.length} of ${all.length} listings failed, ${zpid} first: ${(error as Error).message}. ` +
      'Invoke it again: what was written stays as it is.',
    { cause: error },
  );
}

function keepFailed(messages: readonly Message[], outcomes: Outcomes): QueueAnswer {
  const failed = messages.filter(({ id, zpids }) => {
    if (zpids === null) console.error(`message ${id} names no listing`);
    return zpids === null || zpids.some((zpid) => outcomes.get(zpid) instanceof Error);
  });
  return { batchItemFailures: failed.map(({ id }) => ({ itemIdentifier: id })) };
}
