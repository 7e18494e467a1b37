import { expect, test } from 'vitest';
import { containerCommand } from '../../../src/stack/opensearch-docker.ts';

const wanted = { folder: '/data/opensearch', cluster: 'backfill-1f2e', port: 8123, transportPort: 24_000 };

test('a container listens on this machine only, keeps its data in its volume, and goes when it ends', () => {
  const { file, args } = containerCommand(wanted, 'backfill-opensearch-9c');
  const [, script, name, ...run] = args;
  expect([file, name]).toEqual(['sh', 'backfill-1f2e']);
  expect(script).toBe('docker rm --force "$0" >/dev/null 2>&1; exec docker "$@"');
  expect(run.slice(0, 5)).toEqual(['run', '--rm', '--init', '--name', 'backfill-1f2e']);
  expect(after('--publish', run)).toEqual(['127.0.0.1:8123:9200']);
  expect(after('--volume', run)).toEqual(['backfill-opensearch-9c:/usr/share/opensearch/data']);
  expect(after('--env', run)).toEqual(
    expect.arrayContaining([
      'discovery.type=single-node',
      'cluster.name=backfill-1f2e',
      'DISABLE_SECURITY_PLUGIN=true',
    ]),
  );
  expect(run.at(-1)).toMatch(/^opensearchproject\/opensearch:\d+\.\d+\.\d+$/);
});

function after(flag: string, args: string[]): (string | undefined)[] {
  return args.flatMap((arg, at) => (arg === flag ? [args[at + 1]] : []));
}
