import { expect, test } from 'vitest';
import { launch, type Outcome } from './cli-world.ts';

/** Nothing listens on the discard port. */
const NOBODY = '127.0.0.1:9';

test.for([
  ['Temporal', { TEMPORAL_ADDRESS: NOBODY }, 'TEMPORAL_ADDRESS'],
  ['PostgreSQL', { DATABASE_URL: `postgres://ann:s3cret@${NOBODY}/shop` }, 'DATABASE_URL'],
  ['OpenSearch', { OPENSEARCH_URL: `http://ann:s3cret@${NOBODY}` }, 'OPENSEARCH_URL'],
  ['DynamoDB', { AWS_ENDPOINT_URL_DYNAMODB: `http://${NOBODY}` }, 'AWS_ENDPOINT_URL_DYNAMODB'],
] as const)(
  '%s that does not answer is named, with its address and variable',
  async ([server, env, variable]) => {
    const failed = await launch('backfill', ['list'], { ...process.env, ...env }).outcome;
    expect(failed.stderr).toContain(`cannot reach ${server} at`);
    expect(failed.stderr).toContain(NOBODY);
    expect(failed.stderr).toContain(variable);
    expect(failed.stderr).not.toContain('s3cret');
    cannotConnect(failed);
  },
);

test('a database that does not exist is told, with what to correct', async () => {
  const url = new URL(process.env.DATABASE_URL ?? '');
  url.pathname = '/nowhere';
  const env = { ...process.env, DATABASE_URL: url.href };
  const failed = await launch('backfill', ['verify', 'vehicle-images'], env).outcome;
  expect(failed.stderr).toContain('"nowhere"');
  expect(failed.stderr).toContain('DATABASE_URL');
  cannotConnect(failed);
});

test('a variable that cannot be right is named', async () => {
  const failed = await launch('backfill', ['list'], { ...process.env, DATABASE_URL: 'mysql://x' }).outcome;
  expect(failed).toMatchObject({ code: 2 });
  expect(failed.stderr).toContain('DATABASE_URL');
});

test('where nothing names a server, the way to start them is told', async () => {
  const { PATH } = process.env;
  const failed = await launch('backfill', ['list', '--data-dir', '/nonexistent'], { PATH }).outcome;
  expect(failed.stderr).toContain("'backfill stack'");
  cannotConnect(failed);
});

test('answers of the simulator never go into a database of your own', async () => {
  const { PATH, DATABASE_URL, OPENSEARCH_URL } = process.env;
  const args = ['vehicle-images', '--yes', '--data-dir', '/nonexistent'];
  const refused = await launch('start-backfill', args, { PATH, DATABASE_URL, OPENSEARCH_URL }).outcome;
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain('OPENAI_API_KEY');
});

function cannotConnect(outcome: Outcome): void {
  expect(outcome).toMatchObject({ code: 4, stdout: '' });
  expect(outcome.stderr).not.toMatch(/^\s+at /m);
}
