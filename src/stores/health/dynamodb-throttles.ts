import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

export interface Throttles {
  /** Requests of this client that were throttled within the last minute, by seconds. */
  lastMinute(): number;
}

/** As DynamoDB names them, in any table mode. */
const THROTTLING = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'Throttling',
]);

/**
 * Counts what DynamoDB refuses to this client for being too much, beginning now. Every attempt is seen, also those
 * that the client then tries again by itself, and batches of which a part was not processed.
 */
export function countThrottles(client: DynamoDBClient, now: () => number = Date.now): Throttles {
  const bySecond = new Map<number, number>();
  const thisSecond = () => Math.floor(now() / 1_000);

  function forgetOld(): void {
    for (const second of bySecond.keys()) if (second <= thisSecond() - 60) bySecond.delete(second);
  }

  function count(): void {
    forgetOld();
    bySecond.set(thisSecond(), (bySecond.get(thisSecond()) ?? 0) + 1);
  }

  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        const result = await next(args);
        if (isPartlyProcessed(result.output)) count();
        return result;
      } catch (error) {
        if (isThrottling(error)) count();
        throw error;
      }
    },
    // Inside of what tries again (its priority is high), so that each attempt passes here.
    { name: 'countThrottles', step: 'finalizeRequest', priority: 'low' },
  );

  return {
    lastMinute() {
      forgetOld();
      return [...bySecond.values()].reduce((sum, count) => sum + count, 0);
    },
  };
}

function isThrottling(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
  return THROTTLING.has(error.name) || $metadata?.httpStatusCode === 429;
}

function isPartlyProcessed(output: object): boolean {
  return 'UnprocessedItems' in output && Object.keys(output.UnprocessedItems ?? {}).length > 0;
}
