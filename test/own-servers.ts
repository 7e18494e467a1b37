import { inject } from 'vitest';

/** For clients that tests open themselves; the embedded servers take anyone. */
const AWS_IDENTITY = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'embedded',
  AWS_SECRET_ACCESS_KEY: 'embedded',
};

/** Before each file: the usual variables name the servers of this test process, and nobody else's. */
for (const name of Object.keys(process.env)) {
  if (/^(AWS|OPENAI|TEMPORAL|BACKFILL)_|^(DATABASE|OPENSEARCH)_URL$/.test(name)) delete process.env[name];
}
const number = Number(process.env.VITEST_POOL_ID);
Object.assign(process.env, inject('stacks')[number - 1], AWS_IDENTITY);
