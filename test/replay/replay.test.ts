import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DefaultLogger, type ReplayResult, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, expect, test } from 'vitest';

const folder = path.join(import.meta.dirname, 'histories');
const workflowsPath = path.resolve(import.meta.dirname, '../../src/workflows/index.ts');
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

/** What a refused history makes the SDK say is what the test wants to see happen. */
beforeAll(() => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
});

test('a run that a deploy meets half-way goes on with the workflows of today', async () => {
  expect(names.length).toBeGreaterThanOrEqual(4);
  const results = await replay(names.map((name) => ({ name, json: read(name) })));
  for (const { name, result } of results) expect(result.error, name).toBeUndefined();
});

test('a history that the workflows of today would have gone otherwise is refused', async () => {
  const name = names.find((one) => one.startsWith('parent')) ?? '';
  const [replayed] = await replay([
    { name, json: read(name).replaceAll('"planScopes"', '"planEverything"') },
  ]);
  expect(replayed?.result.error).toBeInstanceOf(DeterminismViolationError);
});

interface Recorded {
  name: string;
  json: string;
}

interface History {
  events: { workflowExecutionStartedEventAttributes?: { workflowId: string } }[];
}

function read(name: string): string {
  return readFileSync(path.join(folder, name), 'utf8');
}

async function replay(recorded: Recorded[]): Promise<{ name: string; result: ReplayResult }[]> {
  const histories = recorded.map(({ json }) => {
    const history = JSON.parse(json) as History;
    const workflowId = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? '';
    return { workflowId, history };
  });
  const results: { name: string; result: ReplayResult }[] = [];
  for await (const result of Worker.runReplayHistories({ workflowsPath }, histories)) {
    results.push({ name: recorded[results.length]?.name ?? '', result });
  }
  return results;
}
