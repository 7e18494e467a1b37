import { existsSync } from 'node:fs';
import path from 'node:path';
import { dynamodbServer } from './dynamodb.ts';
import { PARTS, type Part } from './given.ts';
import { OPENSEARCH_PORTS, opensearchServer } from './opensearch.ts';
import { postgresServer } from './postgres.ts';
import type { Server, Surroundings } from './server.ts';
import { simulatorServer } from './simulator.ts';
import { temporalServers } from './temporal.ts';
import { TEMPORAL_PORTS } from './temporal-config.ts';

/** What appears once a part has kept something in a data folder. */
const TRACES: Partial<Record<Part, string[]>> = {
  postgres: ['postgres/data'],
  opensearch: ['opensearch/data', 'opensearch/docker-volume'],
};

/** Stores that have kept something in this data folder. */
export function partsWithData(dataDir: string): Part[] {
  const isThere = (trace: string) => existsSync(path.join(dataDir, trace));
  return PARTS.filter((part) => TRACES[part]?.some(isThere));
}

/** The ports that a part listens on, by the names under which they are remembered. */
export function portNames(part: Part): string[] {
  if (part === 'temporal') return TEMPORAL_PORTS;
  return part === 'opensearch' ? OPENSEARCH_PORTS : [part];
}

/** Prepares a part's servers: programs, folders, configuration. The first time this can take minutes. */
export async function serversOf(
  part: Part,
  surroundings: Surroundings,
  ports: Record<string, number>,
): Promise<Server[]> {
  const port = ports[part] as number;
  switch (part) {
    case 'temporal':
      return await temporalServers(surroundings, ports);
    case 'postgres':
      return [await postgresServer(surroundings, port)];
    case 'dynamodb':
      return [await dynamodbServer(surroundings, port)];
    case 'opensearch':
      return [await opensearchServer(surroundings, ports)];
    case 'simulator':
      return [simulatorServer(surroundings, port)];
  }
}
