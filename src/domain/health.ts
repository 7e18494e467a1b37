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

/** What was read, or why it could not be. */
export type Reading = number | { notReadable: string };

export type Readings = { [Sign in HealthSign]?: Reading };

/** Even the sickest store is written to: by this share of the usual items at a time, and never fewer than one. */
const SLOWEST = 1 / 64;
const RECOVERY = 1.5;

const WORDS: Record<HealthSign, { name: string; unit: string }> = {
  replicaLagSeconds: { name: 'replica lag', unit: ' s' },
  lockWaits: { name: 'lock waits', unit: '' },
  opensearchQueue: { name: 'OpenSearch write queue', unit: '' },
  dynamodbThrottles: { name: 'DynamoDB throttles within a minute', unit: '' },
};

export function limitedSigns(limits: HealthLimits): HealthSign[] {
  return (Object.keys(WORDS) as HealthSign[]).filter((sign) => limits[sign] !== undefined);
}

/** Why to slow down, in words; none: all is well. What has a limit and could not be read is taken as bad. */
export function judge(limits: HealthLimits, readings: Readings): string[] {
  return limitedSigns(limits).flatMap((sign) => {
    const limit = limits[sign] ?? 0;
    const reading = readings[sign] ?? { notReadable: 'nothing has read it yet' };
    const { name, unit } = WORDS[sign];
    if (typeof reading !== 'number') {
      return [`${name} cannot be read: ${reading.notReadable}; health is taken as bad`];
    }
    return reading <= limit ? [] : [`${name} ${inTenths(reading)}${unit}, above ${limit}${unit}`];
  });
}

/** By what the items in work are multiplied after a look: halves while something is bad, then recovers in steps. */
export function nextFactor(factor: number, reasons: readonly string[]): number {
  return reasons.length > 0 ? Math.max(SLOWEST, factor / 2) : Math.min(1, factor * RECOVERY);
}

/** Items in work at the same time. */
export function itemsInWork(concurrency: number, factor: number): number {
  return Math.max(1, Math.floor(concurrency * factor));
}

/** Rounded up: what is above its limit is also shown above it. */
function inTenths(value: number): number {
  return Math.ceil(value * 10) / 10;
}
