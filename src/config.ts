import { z } from 'zod';
import { UsageError } from './domain/failure.ts';

/** Everything that the product reads from the environment, but for what the AWS client reads by itself. */
const environment = z.object({
  TEMPORAL_ADDRESS: z.string().optional(),
  TEMPORAL_NAMESPACE: z.string().optional(),
  TEMPORAL_PROFILE: z.string().optional(),
  /** Where people look at the Temporal Web UI; only shown. */
  TEMPORAL_UI_URL: z.url().optional(),
  DATABASE_URL: z.string().startsWith('postgres', 'must begin with postgres://').optional(),
  /** Of the ledger; real AWS when absent. */
  AWS_ENDPOINT_URL_DYNAMODB: z.url().optional(),
  AWS_ENDPOINT_URL_REKOGNITION: z.url().optional(),
  AWS_REGION: z.string().optional(),
  /** The same two addresses, where our own stack has started what answers there: it checks no credentials. */
  BACKFILL_EMBEDDED_DYNAMODB: z.url().optional(),
  BACKFILL_EMBEDDED_REKOGNITION: z.url().optional(),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: z.url().optional(),
  /** Resolves image keys without a scheme: a `file:` or http(s) URL. */
  IMAGE_BASE_URL: z.url().optional(),
  /** Where images are read besides public addresses: hosts, addresses, ranges, folders, or `all`. */
  IMAGE_ALLOW_PRIVATE: z.string().optional(),
  /** Downloads from one image host at once, of each worker. */
  IMAGE_HOST_CONNECTIONS: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, 'must be a whole number from 1 to 999')
    .default('16'),
  /** Of the file that says how runs are to go; see config-file.ts. */
  BACKFILL_CONFIG: z.string().optional(),
  /** May hold a user and password. */
  OPENSEARCH_URL: z.url().optional(),
  BACKFILL_LEDGER_TABLE: z.string().min(3).default('temporal-backfill'),
  /** What the names of the journal's indexes in OpenSearch begin with. */
  BACKFILL_JOURNAL_PREFIX: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*$/, 'must be lower case letters, digits, dots, dashes')
    .default('temporal-backfill'),
  /** Of embedded servers' data, and of the files that backfills over files read and write. */
  BACKFILL_DATA_DIR: z.string().default('.backfill'),
  BACKFILL_TASK_QUEUE: z.string().min(1).default('backfill'),
});

export type Config = z.infer<typeof environment>;

export const KNOWN_VARIABLES = Object.keys(environment.shape);

/** Throws UsageError that names the variable. Empty variables count as not set. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const known = KNOWN_VARIABLES.flatMap((name) => (env[name] ? [[name, env[name]] as const] : []));
  // What other tools of AWS read; its JavaScript client does not.
  const region = env.AWS_DEFAULT_REGION && { AWS_REGION: env.AWS_DEFAULT_REGION };
  const parsed = environment.safeParse({ ...region, ...Object.fromEntries(known) });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(
    `${issue?.path.join('.')}: ${issue?.message}`,
    'correct or unset this environment variable',
  );
}

export function requireVariable<Name extends keyof Config>(
  config: Config,
  name: Name,
): NonNullable<Config[Name]> {
  const value = config[name];
  if (value !== undefined) return value as NonNullable<Config[Name]>;
  throw new UsageError(`${name} is not set`, `set ${name}, or run 'backfill stack' and leave it out`);
}

/** The word for backfills that any worker can serve. */
export const GENERAL = 'general';

/** Task queues: `data` for short activities that look at a backfill's data, `pages` for its pages. */
export interface Queues {
  data: string;
  pages: string;
}

/** Those of backfills that name a `queue`; without one, of all others. */
export function queuesOf({ BACKFILL_TASK_QUEUE }: Config, queue?: string): Queues {
  const data = queue === undefined ? BACKFILL_TASK_QUEUE : `${BACKFILL_TASK_QUEUE}-${queue}`;
  return { data, pages: `${data}-pages` };
}

/** Where hours are given without one. */
export function localTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}
