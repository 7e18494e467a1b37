import path from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import pg from 'pg';
import type { BackfillDefinition, Surroundings } from './backfills/define.ts';
import { type Config, requireVariable } from './config.ts';
import { createFileJournal } from './stores/file-journal/index.ts';
import type { FileStore } from './stores/files.ts';
import type { Journal } from './stores/journal.ts';
import { openSearchLate } from './stores/opensearch/late-client.ts';
import type { OpenSearchStore } from './stores/opensearch/store.ts';
import { createOpenSearchJournal } from './stores/opensearch-journal/index.ts';
import { createPostgresJournal } from './stores/postgres-journal/index.ts';

export interface OpenStores {
  /** Opened when first asked for. Throws UsageError where no variable names the server. */
  stores: Pick<Surroundings, 'postgres' | 'opensearch' | 'files' | 'dynamodb'>;
  journals: Record<BackfillDefinition['keeps'], () => Journal>;
  close(): Promise<void>;
}

/** In the data folder. */
const FILE_JOURNAL = 'data/backfill-journal.db';

/** A process that stops in the middle of a transaction loses it, so that whoever takes its page over can write. */
const FROZEN_AFTER_MS = 10_000;

/** Nobody needs all of them: a backfill over OpenSearch does without PostgreSQL. */
export function openStores(config: Config, dynamodb: DynamoDBClient): OpenStores {
  const postgres = once(() => openPostgres(requireVariable(config, 'DATABASE_URL')));
  const opensearch = once((): OpenSearchStore => {
    const client = openSearchLate(requireVariable(config, 'OPENSEARCH_URL'));
    return { client, journal: createOpenSearchJournal(client, config.BACKFILL_JOURNAL_PREFIX) };
  });
  const files = once((): FileStore & { journal: { close(): void } } => {
    const folder = path.resolve(config.BACKFILL_DATA_DIR);
    return { folder, journal: createFileJournal(path.join(folder, FILE_JOURNAL)) };
  });
  const documents = once(() =>
    DynamoDBDocument.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } }),
  );
  const postgresJournal = once(() => createPostgresJournal(postgres.get()));
  return {
    stores: {
      get postgres() {
        return postgres.get();
      },
      get opensearch() {
        return opensearch.get();
      },
      get files() {
        return files.get();
      },
      get dynamodb() {
        return documents.get();
      },
    },
    journals: {
      postgres: () => postgresJournal.get(),
      opensearch: () => opensearch.get().journal,
      files: () => files.get().journal,
    },
    async close() {
      await postgres.opened?.end();
      await opensearch.opened?.client.close();
      files.opened?.journal.close();
    },
  };
}

interface Once<T> {
  get(): T;
  /** Undefined: nobody has asked for it. */
  readonly opened: T | undefined;
}

function once<T>(open: () => T): Once<T> {
  let opened: T | undefined;
  return {
    get() {
      opened ??= open();
      return opened;
    },
    get opened() {
      return opened;
    },
  };
}

function openPostgres(connectionString: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: 10,
    idle_in_transaction_session_timeout: FROZEN_AFTER_MS,
  });
  // An idle connection that the server closes is replaced; without a listener it would end the process.
  pool.on('error', () => undefined);
  return pool;
}
