import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import pg from 'pg';
import type { Journal } from '../../src/stores/journal.ts';
import { createLedger, type Ledger } from '../../src/stores/ledger/ledger.ts';
import { createPostgresJournal } from '../../src/stores/postgres-journal/index.ts';

/** What happens to a process when it comes to a step: nothing, for ever nothing, or nothing until released. */
export interface Gate {
  /** Steps passed so far: before and after each request to a store. */
  steps: number;
  /** Ends the process at this step: no later step is ever taken, and its connections break. */
  killAt?: number;
  /** Stops the process at this step, as SIGSTOP does, until `released`. */
  freezeAt?: number;
  released?: Promise<void>;
  /** Resolves when the process was stopped. */
  reached: Promise<void>;
}

export interface Stores {
  ledger: Ledger;
  journal: Journal;
  postgres: pg.Pool;
  close(): Promise<void>;
}

export function createGate(
  plan: Pick<Gate, 'killAt' | 'freezeAt' | 'released'> = {},
): Gate & { reach(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { ...plan, steps: 0, reached: promise, reach: resolve };
}

/** The real stores of one process, each request of which passes the gate. */
export function openGatedStores(ledgerTable: string, gate: ReturnType<typeof createGate>): Stores {
  const connections = new Set<pg.Client>();

  async function step(): Promise<void> {
    gate.steps += 1;
    if (gate.killAt !== undefined && gate.steps >= gate.killAt) {
      gate.reach();
      for (const { connection } of connections as unknown as {
        connection: { stream: { destroy(): void } };
      }[]) {
        connection.stream.destroy();
      }
      await new Promise(() => undefined);
    }
    if (gate.freezeAt !== undefined && gate.steps >= gate.freezeAt) {
      gate.reach();
      await gate.released;
    }
  }

  const dynamodb = new DynamoDBClient({});
  dynamodb.middlewareStack.add(
    (next) => async (args) => {
      await step();
      const result = await next(args);
      await step();
      return result;
    },
    { step: 'initialize' },
  );

  const postgres = new pg.Pool({
    connectionString: process.env.DATABASE_URL,
    max: 4,
    // As in the product, only shorter: a frozen process must not keep its locks for ever.
    idle_in_transaction_session_timeout: 200,
  });
  postgres.on('error', () => undefined);
  postgres.on('connect', (client) => {
    connections.add(client as pg.Client);
    client.on('error', () => undefined);
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
    client.query = (async (...args: unknown[]) => {
      await step();
      const result = await query(...args);
      await step();
      return result;
    }) as typeof client.query;
  });

  return {
    ledger: createLedger(dynamodb, ledgerTable),
    journal: createPostgresJournal(postgres),
    postgres,
    async close() {
      dynamodb.destroy();
      await postgres.end();
    },
  };
}

export function freshName(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
}
