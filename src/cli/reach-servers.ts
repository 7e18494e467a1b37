import { connect } from 'node:net';
import { CannotConnect } from '../cannot-connect.ts';
import type { Config } from '../config.ts';
import { temporalOptions } from '../temporal.ts';

const WAIT_MS = 5_000;

/**
 * Knocks at the servers that a command needs, before anything is opened: their clients would wait and retry
 * for minutes. Throws CannotConnect that names the server, its address and its variable.
 */
export async function reachServers(config: Config): Promise<void> {
  const found: [server: string, address: string | undefined, variable: string, port: number][] = [
    ['Temporal', temporalOptions(config).address, 'TEMPORAL_ADDRESS', 7233],
    ['PostgreSQL', config.DATABASE_URL, 'DATABASE_URL', 5432],
    ['OpenSearch', config.OPENSEARCH_URL, 'OPENSEARCH_URL', 80],
    [
      'DynamoDB',
      process.env.AWS_ENDPOINT_URL_DYNAMODB || process.env.AWS_ENDPOINT_URL,
      'AWS_ENDPOINT_URL_DYNAMODB',
      80,
    ],
  ];
  await Promise.all(
    found.map(async ([server, address, variable, port]) => {
      if (!address) return;
      try {
        await knock(address, port);
      } catch (error) {
        throw new CannotConnect(server, withoutSecrets(address), variable, error);
      }
    }),
  );
}

/** An address without a host is a socket file, or none of ours to judge: its client will tell. */
function knock(address: string, defaultPort: number): Promise<void> {
  const { hostname, port, protocol } = urlOf(address);
  if (!hostname) return Promise.resolve();
  const where = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'https:' ? 443 : defaultPort),
  };
  return new Promise((resolve, reject) => {
    const socket = connect({ ...where, timeout: WAIT_MS });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', (error) => reject(withMessage(error)));
    socket.once('timeout', () => {
      socket.destroy();
      reject(new Error(`no answer within ${WAIT_MS / 1000} s`));
    });
  });
}

function urlOf(address: string): URL {
  const url = address.includes('://') ? address : `tcp://${address}`;
  if (!URL.canParse(url)) throw new Error('this is no address');
  return new URL(url);
}

function withoutSecrets(address: string): string {
  if (!address.includes('://') || !URL.canParse(address)) return address.replace(/:[^:@/]*@/, ':…@');
  const url = new URL(address);
  url.password = '';
  url.search = '';
  return url.href;
}

/** Node tells of several refused addresses by an error without a message of its own. */
function withMessage(error: Error): Error {
  if (!(error instanceof AggregateError) || error.message) return error;
  return new Error(error.errors.map((one: Error) => one.message).join('; '), { cause: error });
}
