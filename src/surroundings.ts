import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Backfill, BackfillDefinition, Surroundings } from './backfills/define.ts';
import { pricesOf } from './backfills/prices.ts';
import { BACKFILLS, definitionOf } from './backfills/registry.ts';
import { openRollback } from './backfills/rollback.ts';
import type { Config } from './config.ts';
import type { HealthLimits } from './domain/health.ts';
import type { Run } from './domain/run.ts';
import { openStores } from './open-stores.ts';
import { countThrottles } from './stores/health/dynamodb-throttles.ts';
import { look } from './stores/health/look.ts';
import { openProbes } from './stores/health/open.ts';
import type { Journal } from './stores/journal.ts';
import { createLedger, type Ledger } from './stores/ledger/ledger.ts';
import { createVision } from './vision/create.ts';
import type { Vision } from './vision/vision.ts';

/** The real stores and providers of one process, opened from its configuration. */
export interface OpenSurroundings {
  /** Opened when first used. Throws UsageError where nothing names the server. */
  stores: Pick<Surroundings, 'postgres' | 'opensearch' | 'files' | 'dynamodb'>;
  ledger: Ledger;
  vision: Vision;
  definitionOf(backfill: string): BackfillDefinition;
  /** The journal of a backfill, beside the data that it writes. */
  journalOf(backfill: string): Journal;
  /** Those of the servers that are named; the one of files is there once a run was started over them. */
  journals(): Journal[];
  /** The run's backfill, to read with: its target may lack what `prepare` adds. For a rollback, that of its run. */
  backfillOf(run: Pick<Run, 'backfill' | 'rollbackOf' | 'settings'>): Backfill;
  /** The same, prepared. */
  open(run: Pick<Run, 'runId' | 'backfill' | 'rollbackOf' | 'settings'>): Promise<Backfill>;
  /** Reads the signs of health that have a limit; returns why to slow down. Never rejects. */
  look(limits: HealthLimits): Promise<string[]>;
  close(): Promise<void>;
}

/** A ledger that is down for a minute is waited for: an answer that was paid for must get in. */
const LEDGER_ATTEMPTS = 12;

export function openSurroundings(config: Config, backfills = BACKFILLS): OpenSurroundings {
  const dynamodb = new DynamoDBClient({
    maxAttempts: LEDGER_ATTEMPTS,
    ...asWhom(config.AWS_ENDPOINT_URL_DYNAMODB, config.BACKFILL_EMBEDDED_DYNAMODB, config),
  });
  // It takes answers apart for a log that nobody reads.
  dynamodb.middlewareStack.remove('loggerMiddleware');
  const { stores, journals, close: closeStores } = openStores(config, dynamodb);
  const health = openProbes({
    databaseUrl: config.DATABASE_URL,
    opensearchUrl: config.OPENSEARCH_URL,
    throttles: countThrottles(dynamodb),
  });
  const vision = createVision({
    openai: { apiKey: config.OPENAI_API_KEY, baseUrl: config.OPENAI_BASE_URL },
    rekognition: {
      endpoint: config.AWS_ENDPOINT_URL_REKOGNITION,
      ...asWhom(config.AWS_ENDPOINT_URL_REKOGNITION, config.BACKFILL_EMBEDDED_REKOGNITION, config),
    },
    images: {
      baseUrl: config.IMAGE_BASE_URL,
      allowPrivate: config.IMAGE_ALLOW_PRIVATE,
      hostConnections: Number(config.IMAGE_HOST_CONNECTIONS),
    },
  });
  const opened = new Map<string, Promise<Backfill>>();

  const ledger = createLedger(dynamodb, config.BACKFILL_LEDGER_TABLE);
  const journalOf = (backfill: string) => journals[definitionOf(backfill, backfills).keeps]();

  function backfillBy(
    eyes: Vision,
    { backfill, rollbackOf, settings }: Parameters<OpenSurroundings['backfillOf']>[0],
  ) {
    if (rollbackOf) return openRollback(journalOf(backfill), rollbackOf);
    const definition = definitionOf(backfill, backfills);
    const surroundings: Surroundings = Object.create(stores, {
      vision: { value: eyes.priced(pricesOf(definition, settings)) },
      journal: { get: () => journalOf(backfill) },
    });
    return definition.open(surroundings, definition.options.parse(settings.options));
  }

  const prepared: OpenSurroundings['open'] = async (run) => {
    const backfill = backfillBy(vision.paced(ledger.hosts(run.runId)), run);
    await backfill.prepare();
    return backfill;
  };

  return {
    stores,
    ledger,
    vision,
    definitionOf: (backfill) => definitionOf(backfill, backfills),
    journalOf,
    journals: () => [
      ...(config.DATABASE_URL === undefined ? [] : [journals.postgres()]),
      ...(config.OPENSEARCH_URL === undefined ? [] : [journals.opensearch()]),
    ],
    backfillOf: (run) => backfillBy(vision, run),
    open(run) {
      const known = opened.get(run.runId);
      if (known) return known;
      const opening = prepared(run);
      opened.set(run.runId, opening);
      opening.catch(() => opened.delete(run.runId));
      return opening;
    },
    look: (limits) => look(health.probes, limits),
    async close() {
      await closeStores();
      await health.close();
      dynamodb.destroy();
    },
  };
}

/**
 * The clients of AWS insist on a region and credentials, also where nobody checks them. Made-up ones are for
 * that client alone: as variables they would hide the profile or role that the other one needs.
 */
function asWhom(endpoint: string | undefined, embedded: string | undefined, { AWS_REGION }: Config) {
  if (endpoint !== undefined && endpoint === embedded) {
    return { region: 'us-east-1', credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' } };
  }
  return AWS_REGION === undefined ? {} : { region: AWS_REGION };
}
