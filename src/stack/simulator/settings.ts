import { z } from 'zod';

/** `openai`, `rekognition`, or one model: `openai/gpt-4o`. */
const limitName = z.string().regex(/^(openai|rekognition)(\/.+)?$/);

const limitSchema = z.strictObject({
  requestsPerSecond: z.number().positive().optional(),
  requestsPerMinute: z.number().positive().optional(),
  /** Requests that may come at once; unless given, a quarter of a second's worth, and of a limit per minute a whole one's. */
  burst: z.number().min(1).optional(),
  /** OpenAI only: the input of each request, as it is estimated on arrival, and the output that it allows itself. */
  tokensPerMinute: z.number().positive().optional(),
  /** Tokens that may come at once; a minute's worth unless given. */
  tokenBurst: z.number().positive().optional(),
  requestsPerDay: z.int().positive().optional(),
  /** How long a "day" is, so that a test can see a quota renew. It begins with the first request. */
  dayMs: z.int().positive().default(86_400_000),
});
export type Limit = z.infer<typeof limitSchema>;

export const FAULT_KINDS = [
  'throttle',
  'throttle-no-header',
  'error-500',
  'error-503',
  /** The request is taken, and never answered. Not billed. */
  'timeout',
  /** The connection is destroyed after the request was read. Not billed. */
  'cut',
  'cut-after-billing',
  'not-json',
  'off-schema',
  /** OpenAI only; Rekognition knows no refusal and no quota, and answers as usual. */
  'refusal',
  'insufficient_quota',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

const faultSchema = z.strictObject({
  match: z
    .strictObject({
      provider: z.enum(['openai', 'rekognition']).optional(),
      /** `DetectLabels`, or the name of the answer's schema; `appraise_*` means all that begin so. */
      operation: z.string().optional(),
      /** Numbers of sample photos. */
      items: z.array(z.int()).optional(),
    })
    .prefault({}),
  kind: z.enum(FAULT_KINDS),
  /** Share of the matching calls. Which ones follows from `seed`, photo and attempt, not from their order. */
  rate: z.number().min(0).max(1).optional(),
  /** How often at most for one photo. */
  times: z.int().positive().optional(),
  /** What a throttled client is asked to wait. */
  retryAfterMs: z.int().positive().default(500),
});
export type Fault = z.infer<typeof faultSchema>;

const settingsSchema = z.strictObject({
  /** Every accepted call takes this long, and up to `jitterMs` longer. */
  latencyMs: z.number().min(0),
  jitterMs: z.number().min(0),
  seed: z.int(),
  limits: z.record(limitName, limitSchema),
  faults: z.array(faultSchema),
  /** API keys and access key ids that are refused. */
  badKeys: z.array(z.string()),
  /** Models, or their snapshots, that are there no longer. */
  retiredModels: z.array(z.string()),
  /** By which share answers of models vary in length: 0.2 counts 80 to 120 % of the tokens, by seed and content. */
  tokenJitter: z.number().min(0).max(1),
});
export type Settings = z.infer<typeof settingsSchema>;

/** A limit of null lifts it; others stay as they were. Lists are replaced. */
export const settingsPatchSchema = settingsSchema
  .extend({ limits: z.record(limitName, limitSchema.nullable()) })
  .partial();
export type SettingsPatch = z.infer<typeof settingsPatchSchema>;

export function freshSettings(): Settings {
  return {
    latencyMs: 0,
    jitterMs: 0,
    seed: 1,
    limits: {},
    faults: [],
    badKeys: [],
    retiredModels: [],
    tokenJitter: 0,
  };
}

export function mergeSettings(settings: Settings, patch: SettingsPatch): Settings {
  const limits = Object.entries({ ...settings.limits, ...patch.limits }).filter(
    ([, limit]) => limit !== null,
  );
  return settingsSchema.parse({ ...settings, ...patch, limits: Object.fromEntries(limits) });
}
