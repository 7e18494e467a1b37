import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');

describe('the arrows check', () => {
  test('reports every import that goes against an arrow, also when only a type is imported', async () => {
    const found = await arrowsAgainst({
      'src/cli/backfill.ts': `import '../worker.ts'; import '../stack/stack.ts'; import '../vision/openai.ts';`,
      'src/worker.ts': `import './activities/page.ts'; import './stack/stack.ts';`,
      'src/workflows/index.ts': `import type { A } from '../activities/page.ts'; import '../domain/pure.ts';
        import '@temporalio/workflow'; import '@temporalio/client'; export type { B } from '../backfills/cars.ts';`,
      'src/activities/page.ts': `import '../backfills/cars.ts'; import '@temporalio/activity';`,
      'src/backfills/cars.ts': `import '../stores/ledger.ts'; import type { C } from '@temporalio/common';
        import type { D } from '../cli/backfill.ts'; import { readFile } from 'node:fs/promises';`,
      'src/stores/ledger.ts': `import type { E } from '../vision/openai.ts'; import 'node:sqlite';`,
      'src/vision/openai.ts': `import type { F } from '../domain/pure.ts'; import './none.ts';
        await using file = await (await import('../config.ts')).open();`,
      'src/domain/pure.ts': `import { join } from 'node:path'; import '../config.ts';`,
      'src/config.ts': `import type { G } from './domain/pure.ts';`,
      'src/stack/stack.ts': `import '../stores/ledger.ts'; import './sample/cars.ts';`,
      'src/stack/sample/cars.ts': `import type { H } from '../../backfills/vehicle-images/answers.ts';
        import type { I } from '../../config.ts';`,
      'src/backfills/vehicle-images/answers.ts': `import 'zod';`,
      'src/domain/forgotten.ts': `import './pure.ts';`,
    });
    expect(found).toEqual([
      'backfills-reaches-only-domain-vision-stores: src/backfills/cars.ts → src/cli/backfill.ts',
      'domain-reaches-only-itself: src/domain/pure.ts → src/config.ts',
      'imports-resolve: src/vision/openai.ts → ./none.ts',
      'no-cycles: src/activities/page.ts → src/backfills/cars.ts',
      'no-cycles: src/config.ts → src/domain/pure.ts',
      'no-dead-modules: src/domain/forgotten.ts',
      'nothing-imports-the-cli: src/backfills/cars.ts → src/cli/backfill.ts',
      'only-cli-starts-the-stack: src/worker.ts → src/stack/stack.ts',
      'pure-rooms-use-no-node: src/domain/pure.ts → path',
      'rooms-without-temporal: src/backfills/cars.ts → @temporalio/common',
      'stack-stands-alone: src/stack/sample/cars.ts → src/config.ts',
      'stack-stands-alone: src/stack/stack.ts → src/stores/ledger.ts',
      'stores-reaches-only-domain: src/stores/ledger.ts → src/vision/openai.ts',
      'vision-reaches-only-domain: src/vision/openai.ts → src/config.ts',
      'workflows-know-only-the-workflow-sdk: src/workflows/index.ts → @temporalio/client',
      'workflows-reaches-only-domain-activities: src/workflows/index.ts → src/backfills/cars.ts',
    ]);
  });
});

describe('an arrow for types carries no code:', () => {
  test.each([
    ['src/workflows/**/*.ts', /activities\//],
    ['src/stack/**/*.ts', /\.\.\/(backfills|vision)\//],
  ])('%s imports nothing that runs from %s', (sources, room) => {
    for (const file of globSync(sources, { cwd: root })) {
      const running = stripTypeScriptTypes(readFileSync(join(root, file), 'utf8'));
      const imports = [...running.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]);
      expect(imports, file).not.toContainEqual(expect.stringMatching(room));
    }
  });

  test('no type is taken with import() in its place, where the arrows check would not see it', () => {
    for (const file of globSync('src/**/*.ts', { cwd: root })) {
      const source = readFileSync(join(root, file), 'utf8');
      const count = (text: string) => text.match(/\bimport\s*\(\s*['"]/g)?.length ?? 0;
      expect(count(source), file).toBe(count(stripTypeScriptTypes(source)));
    }
  });
});

/** Lays the files into a folder of their own and runs the project's check there. */
async function arrowsAgainst(files: Record<string, string>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'arrows-'));
  try {
    for (const [path, source] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), source);
    }
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    const config = join(root, '.dependency-cruiser.cjs');
    const { stdout } = await promisify(execFile)(
      join(root, 'node_modules/.bin/depcruise'),
      ['src', '--config', config, '--output-type', 'json'],
      { cwd: folder },
    ).catch((failure) => failure);
    const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[] } };
    return summary.violations.map(told).sort();
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Violation {
  rule: { name: string };
  from: string;
  to: string;
}

function told({ rule, from, to }: Violation): string {
  const target = to.replace(/^.*node_modules\/(@[^/]+\/[^/]+).*$/, '$1');
  return to === from ? `${rule.name}: ${from}` : `${rule.name}: ${from} → ${target}`;
}
