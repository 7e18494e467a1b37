import { type Client, errors } from '@opensearch-project/opensearch';
import type { JsonObject } from '../../src/domain/json.ts';
import type { OpenSearchJournal } from '../../src/stores/opensearch-journal/journal.ts';

/** A process, and a network, that fail at a request. Requests are counted from where a fault is asked for. */
export interface Shaky {
  journal: OpenSearchJournal;
  /** Requests sent so far. */
  sent(): number;
  /** This one, and all after it, are never sent: as if the process were killed. */
  dieAt(request: number): void;
  /** This one waits until it is let go. */
  freezeAt(request: number): { frozen: Promise<void>; thaw(): void };
  /** The answer to every second one is lost, after it was done. */
  loseAnswers(which: 'odd' | 'even'): void;
  /** This one does not arrive, and is repeated; but it arrives after all, when it is told to. */
  delay(request: number): { arrive(): Promise<void> };
  /** Every second bulk is done by half: the rest is rejected, for now. */
  rejectHalves(): { rejected(): number };
}

type Send = () => Promise<unknown>;
interface Asked {
  path: string;
  bulkBody: object[];
}
type Fault = (n: number, send: Send, asked: Asked) => Promise<unknown>;

export function shaky(client: Client, journal: OpenSearchJournal): Shaky {
  const { transport } = client;
  const request = transport.request.bind(transport) as (...args: unknown[]) => Promise<unknown>;
  let sent = 0;
  let fault: { from: number; meet: Fault } | undefined;
  const meets = (meet: Fault) => {
    fault = { from: sent, meet };
  };
  Object.assign(transport, {
    async request(asked: Asked, ...rest: unknown[]) {
      sent += 1;
      const send = () => request(asked, ...rest);
      return fault ? fault.meet(sent - fault.from, send, asked) : send();
    },
  });
  const lost = () => new errors.ConnectionError('the connection broke', {} as never);

  return {
    journal,
    sent: () => sent,
    dieAt(at) {
      meets((n, send) => (n >= at ? Promise.reject(new Error('killed')) : send()));
    },
    freezeAt(at) {
      const frozen = Promise.withResolvers<void>();
      const thawed = Promise.withResolvers<void>();
      meets(async (n, send) => {
        if (n === at) {
          frozen.resolve();
          await thawed.promise;
        }
        return send();
      });
      return { frozen: frozen.promise, thaw: thawed.resolve };
    },
    loseAnswers(which) {
      meets(async (n, send) => {
        const answer = await send();
        if (n % 2 === (which === 'odd' ? 1 : 0)) throw lost();
        return answer;
      });
    },
    delay(at) {
      let late: Send = () => Promise.resolve();
      meets((n, send) => {
        if (n !== at) return send();
        late = send;
        return Promise.reject(lost());
      });
      return { arrive: () => late().then(nothing, nothing) };
    },
    rejectHalves() {
      let bulks = 0;
      let rejected = 0;
      meets(async (_, send, asked) => {
        if (!asked.path.endsWith('/_bulk') || ++bulks % 2 === 0) return send();
        const operations = operationsOf(asked);
        const kept = operations.filter((_, n) => n % 2 === 1);
        rejected += operations.length - kept.length;
        const answers = kept.length > 0 ? await sendOnly(asked, kept, send) : [];
        const items = operations.map((one, n) => (n % 2 === 1 ? answers.shift() : tooMany(one[0] as object)));
        return { body: { errors: true, items }, statusCode: 200 };
      });
      return { rejected: () => rejected };
    },
  };
}

/** Action and document of each; our bulks delete nothing. */
function operationsOf({ bulkBody: lines }: Asked): object[][] {
  return Array.from({ length: lines.length / 2 }, (_, n) => lines.slice(2 * n, 2 * n + 2));
}

async function sendOnly(asked: Asked, operations: object[][], send: Send): Promise<object[]> {
  const whole = asked.bulkBody;
  asked.bulkBody = operations.flat();
  const { body } = (await send()) as { body: { items: object[] } };
  asked.bulkBody = whole;
  return body.items;
}

function tooMany(action: object): object {
  const [[name, { _id }] = ['index', {} as JsonObject]] = Object.entries(action) as [string, JsonObject][];
  const error = { type: 'rejected_execution_exception', reason: 'queue capacity = 1' };
  return { [name]: { _id, status: 429, error } };
}

function nothing(): void {}
