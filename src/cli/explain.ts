import { CannotConnect } from '../cannot-connect.ts';
import { UsageError } from '../domain/failure.ts';
import { EXIT } from './exit-codes.ts';
import { NoServers } from './servers.ts';
import { WorkerEnded } from './worker-process.ts';

export interface Explanation {
  message: string;
  /** What to do about it. */
  hint?: string | undefined;
  exitCode: number;
}

/** Turns whatever was thrown into what a person is told. */
export function explain(error: unknown): Explanation {
  for (const one of chainOf(error)) {
    if (one instanceof UsageError) return { message: one.message, hint: one.hint, exitCode: EXIT.usage };
    if (one instanceof CannotConnect || one instanceof NoServers) {
      return { message: one.message, hint: one.hint, exitCode: EXIT.cannotConnect };
    }
    if (one instanceof WorkerEnded) return { message: one.message, exitCode: one.exitCode };
    if ((one as Error).name === 'AbortError') return { message: 'interrupted', exitCode: EXIT.interrupted };
    const trouble = connectionTrouble(one);
    if (trouble)
      return { message: `${trouble[0]} (${textOf(one)})`, hint: trouble[1], exitCode: EXIT.cannotConnect };
  }
  return {
    message: textOf(error),
    hint: 'BACKFILL_DEBUG=1 shows where it comes from',
    exitCode: EXIT.failed,
  };
}

const DATABASE = 'correct DATABASE_URL, or start the database';
const AWS = 'correct AWS_REGION, the AWS credentials or AWS_ENDPOINT_URL_DYNAMODB';

/** Codes and names of the drivers: what refused us, and what to look at. */
const TROUBLES: Record<string, [what: string, hint: string]> = {
  '28P01': ['PostgreSQL refuses the password', DATABASE],
  '28000': ['PostgreSQL refuses the user', DATABASE],
  '3D000': ['PostgreSQL has no such database', DATABASE],
  '57P03': ['PostgreSQL is just starting or stopping', 'try again in a moment'],
  '57P01': ['PostgreSQL is shutting down', 'start it again'],
  '53300': ['PostgreSQL has no connection left', 'close some clients, or raise max_connections'],
  '42P01': [
    'the database lacks a table of the run',
    'DATABASE_URL must name the database that the run wrote to',
  ],
  CredentialsProviderError: ['no credentials for the ledger in DynamoDB', AWS],
  UnrecognizedClientException: ['DynamoDB refuses the credentials of the ledger', AWS],
  ExpiredTokenException: ['the credentials for the ledger in DynamoDB have expired', AWS],
  // gRPC's, for Temporal.
  14: ['Temporal does not answer', 'start it again, or correct TEMPORAL_ADDRESS'],
  16: ['Temporal does not accept our credentials', 'correct TEMPORAL_API_KEY or the profile'],
  7: ['Temporal does not allow this', 'correct TEMPORAL_API_KEY, TEMPORAL_NAMESPACE or the profile'],
  ECONNREFUSED: ['a server does not answer', 'start it again'],
  ECONNRESET: ['a server closed the connection', 'start it again'],
  ENOTFOUND: ['a server has an unknown name', 'correct its address'],
};

function connectionTrouble(error: unknown): [string, string] | undefined {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return TROUBLES[String(code)] ?? TROUBLES[String(name)];
}

/** The error and what caused it, outermost first. */
function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let one = error; one instanceof Error && !chain.includes(one); one = one.cause) chain.push(one);
  return chain;
}

/** One line. Node tells a refused connection to several addresses by an error without a message. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError && !error.message) return error.errors.map(textOf).join('; ');
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.split('\n', 1)[0] ?? text;
}
