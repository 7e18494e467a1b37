/** From when on a store counts as overloaded. What has no limit is not watched. */
export interface HealthLimits {
  /** Of the replica that is furthest behind. */
  replicaLagSeconds?: number;
  /** Sessions of the database that wait for a lock. */
  lockWaits?: number;
  /** Tasks in the write queue of the busiest node. */
  opensearchQueue?: number;
  /** Requests to DynamoDB that were throttled within the last minute. */
  dynamodbThrottles?: number;
}

export type HealthSign = keyof HealthLimits;
