import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** A process: a dead one never goes on, a frozen one does so when it is woken. */
export interface Passenger {
  name: string;
  stands: 'working' | 'frozen' | 'dead';
}

/**
 * What goes wrong with one request. `fails`: here, before or after it was carried out. `repeated`: it was carried out,
 * its acknowledgement was lost, and the client library sends it again.
 */
export type Fault = 'none' | 'fails' | 'repeated';

/**
 * Every request of every process passes here, one at a time, before it is sent and again when it has been carried out.
 * Who goes next is decided by the test, so that a schedule can be played again.
 */
export interface Turnstile {
  /** `once`: nothing sends it again by itself. */
  through<T>(who: Passenger, what: string, request: () => Promise<T>, once?: boolean): Promise<T>;
  /** Resolves when nobody moves any more but through {@link Turnstile.letOne}. */
  quiet(): Promise<void>;
  /** Lets one go of those that wait; false when nobody does. */
  letOne(pick: number, fault?: Fault): Promise<boolean>;
  /** The processes of those that wait. */
  waiting(): Passenger[];
  /** What happened, for the message of a failed test. */
  trace: string[];
}

export function createTurnstile(): Turnstile {
  let queue: { who: Passenger; what: string; go(fault: Fault): void }[] = [];
  let moving = 0;
  const trace: string[] = [];

  function arrive(who: Passenger, what: string): Promise<Fault> {
    return new Promise((go) => {
      queue.push({ who, what, go });
    });
  }

  async function quiet(): Promise<void> {
    for (let calm = 0; calm < 8; calm = moving === 0 ? calm + 1 : 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  function eligible() {
    queue = queue.filter(({ who }) => who.stands !== 'dead');
    return queue.filter(({ who }) => who.stands === 'working');
  }

  return {
    trace,
    quiet,
    waiting: () => eligible().map(({ who }) => who),

    async through(who, what, request, once = false) {
      const before = await arrive(who, what);
      if (before === 'fails') throw new Error('no connection');
      moving += 1;
      const [result] = await Promise.allSettled([request()]);
      // The second answer is the one that the process gets to see.
      const [again] = before === 'repeated' && !once ? await Promise.allSettled([request()]) : [result];
      moving -= 1;
      if ((await arrive(who, `${what}: done`)) === 'fails') throw new Error('connection reset');
      if (again.status === 'rejected') throw again.reason;
      return again.value;
    },

    async letOne(pick, fault = 'none') {
      const able = eligible();
      const next = able[pick % Math.max(1, able.length)];
      if (!next) return false;
      queue.splice(queue.indexOf(next), 1);
      trace.push(`${next.who.name}: ${next.what}${fault === 'none' ? '' : ` (${fault})`}`);
      next.go(fault);
      await quiet();
      return true;
    },
  };
}

/** A client whose requests pass the turnstile. `carriedOut`: is told of each that was. */
export function clientThrough(
  turnstile: Turnstile,
  who: Passenger,
  carriedOut: (request: string) => void,
): DynamoDBClient {
  const client = new DynamoDBClient({});
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const input = JSON.stringify(args.input);
        return turnstile.through(who, `${commandName} ${shorten(input)}`, async () => {
          const result = await next(args);
          carriedOut(input);
          return result;
        });
      },
    { step: 'initialize' },
  );
  return client;
}

function shorten(input: string): string {
  const { Key, Item, UpdateExpression, ExpressionAttributeValues } = JSON.parse(input) as Record<
    string,
    unknown
  >;
  return JSON.stringify([Key ?? Item, UpdateExpression, ExpressionAttributeValues]).slice(0, 300);
}
