import { z } from 'zod';
import type { HealthLimits, HealthSign } from '../domain/health.ts';
import { withoutNulls } from '../domain/rate-change.ts';

const SIGNS: Record<string, HealthSign> = {
  'replica-lag': 'replicaLagSeconds',
  'lock-waits': 'lockWaits',
  'opensearch-queue': 'opensearchQueue',
  'dynamodb-throttles': 'dynamodbThrottles',
};

const EXPECTED = `expected <sign>=<number>, or <sign>=none; signs: ${Object.keys(SIGNS).join(', ')}`;

export const healthFlag = z
  .array(
    z.string().transform((given, context): readonly [HealthSign, number | null] => {
      const [, name = '', limit = ''] = /^([^=]*)=\s*(none|\d+(?:\.\d+)?)$/.exec(given) ?? [];
      const sign = Object.hasOwn(SIGNS, name) ? SIGNS[name] : undefined;
      if (sign) return [sign, limit === 'none' ? null : Number(limit)];
      context.addIssue({ code: 'custom', message: EXPECTED });
      return z.NEVER;
    }),
  )
  .optional()
  .describe('slow down above it: replica-lag=10 (seconds), lock-waits, opensearch-queue, dynamodb-throttles')
  .meta({ placeholder: 'sign=n', repeatable: true });

/** What is given, over what the config file says. */
export function healthOf(given: z.infer<typeof healthFlag> = [], before: HealthLimits): HealthLimits {
  return withoutNulls({ ...before, ...Object.fromEntries(given) });
}
