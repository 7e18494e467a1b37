import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import pg from 'pg';
import type { Backfill, BackfillDefinition, Surroundings } from './backfills/define.ts';
import { BACKFILLS, definitionOf } from './backfills/registry.ts';
import { openRollback } from './backfills/rollback.ts';
import { type Config, requireVariable } from './config.ts';
import type { HealthLimits } from './domain/health.ts';
import type { Run } from './domain/run.ts';
import { countThrottles } from './stores/health/dynamodb-throttles.ts';
import { look } from './stores/health/look.ts';
import { openProbes } from './stores/health/open.ts';
import { createLedger, type Ledger } from './stores/ledger/ledger.ts';
import { createPostgresJournal } from './stores/postgres-journal/index.ts';
import { createVision } from './vision/create.ts';
import type { Vision } from './vision/vision.ts';

/** The real stores and providers of one process, opened from its configuration. */
export interface OpenSurroundings extends Surroundings {
  ledger: Ledger;
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

/** A process that stops in the middle of a transaction loses it, so that whoever takes its page over can write. */
const FROZEN_AFTER_MS = 10_000;

export function openSurroundings(config: Config, backfills = BACKFILLS): OpenSurroundings {
  const postgres = new pg.Pool({
    connectionString: requireVariable(config, 'DATABASE_URL'),
    max: 10,
    idle_in_transaction_session_timeout: FROZEN_AFTER_MS,
  });
  // An idle connection that the server closes is replaced; without a listener it would end the process.
  postgres.on('error', () => undefined);
  const dynamodb = new DynamoDBClient({
    maxAttempts: LEDGER_ATTEMPTS,
    ...asWhom(config.AWS_ENDPOINT_URL_DYNAMODB, config.BACKFILL_EMBEDDED_DYNAMODB, config),
  });
  const health = openProbes({
    databaseUrl: requireVariable(config, 'DATABASE_URL'),
    opensearchUrl: config.OPENSEARCH_URL,
    throttles: countThrottles(dynamodb),
  });
  const journal = createPostgresJournal(postgres);
  const vision = createVision({
    openai: { apiKey: config.OPENAI_API_KEY, baseUrl: config.OPENAI_BASE_URL },
    rekognition: {
      endpoint: config.AWS_ENDPOINT_URL_REKOGNITION,
      ...asWhom(config.AWS_ENDPOINT_URL_REKOGNITION, config.BACKFILL_EMBEDDED_REKOGNITION, config),
    },
    images: { baseUrl: config.IMAGE_BASE_URL },
  });
  const surroundings = { postgres, vision, journal };
  const opened = new Map<string, Promise<Backfill>>();

  const ledger = createLedger(dynamodb, config.BACKFILL_LEDGER_TABLE);

  function backfillBy(
    eyes: Vision,
    { backfill, rollbackOf, settings }: Parameters<OpenSurroundings['backfillOf']>[0],
  ) {
    if (rollbackOf) return openRollback(surroundings, rollbackOf);
    const priced = { ...surroundings, vision: eyes.priced(settings.prices) };
    return openDefinition(definitionOf(backfill, backfills), priced, settings.options);
  }

  const prepared: OpenSurroundings['open'] = async (run) => {
    const backfill = backfillBy(vision.paced(ledger.hosts(run.runId)), run);
    await backfill.prepare();
    return backfill;
  };

  return {
    ...surroundings,
    ledger,
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
      await postgres.end();
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

function openDefinition(
  definition: BackfillDefinition,
  surroundings: Surroundings,
  options: unknown,
): Backfill {
  return definition.open(surroundings, definition.options.parse(options));
}
