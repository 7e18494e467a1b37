import { expect, test } from 'vitest';
import type { Backfill, Item } from '../../src/backfills/define.ts';
import type { Ask, PaidCall } from '../../src/domain/call.ts';
import { ItemFailure, UnusableAnswer } from '../../src/domain/failure.ts';
import { lookAt } from '../../src/look.ts';
import type { BoughtAnswer } from '../../src/stores/ledger/answers.ts';

/** Asks two questions about each item, the second only where the first is answered. */
const backfill: Pick<Backfill, 'process'> = {
  async process({ id }: Item, ask: Ask) {
    if (id === 'no-image') throw new ItemFailure('image-not-found', 'there is no such image');
    if (id === 'slow') await new Promise(() => undefined);
    await ask(question(id, 'labels'));
    await ask(question(id, 'appraise'));
    return { kind: 'write', changes: [] };
  },
};

function question(item: string, operation: string): PaidCall<string> {
  return {
    provider: 'openai',
    model: 'gpt-4o',
    operation,
    promptVersion: '1',
    parameters: {},
    contentHash: item,
    prepare: async () => expect.fail('nothing is prepared by a look'),
    parse(body) {
      if (typeof body === 'string') return body;
      throw new UnusableAnswer('answer-off-schema', 'it no longer fits');
    },
  };
}

/** By `<item> <operation>`. */
function ledgerWith(bodies: Record<string, string | number>) {
  return {
    async answered({ contentHash, operation }: { contentHash: string; operation: string }) {
      const body = bodies[`${contentHash} ${operation}`];
      const bought = { callKey: 'key', cost: 5, runId: 'run-1', item: contentHash, request: 'page#0.0' };
      return body === undefined ? undefined : ({ ...bought, body } satisfies BoughtAnswer);
    },
  };
}

const items = (...ids: string[]): Item[] => ids.map((id) => ({ id, unit: 'u', row: null }));

test('a look follows each item to the first question that nobody has bought, and knows what the others cost', async () => {
  const ledger = ledgerWith({ 'all labels': 'x', 'all appraise': 'y', 'half labels': 'x' });
  const looked = await lookAt(backfill, ledger, items('all', 'half', 'none', 'no-image'));
  const next = (operation: string) => ({ account: 'openai/gpt-4o', operation });
  expect(Object.fromEntries(looked.map(({ item, progress }) => [item, progress.next]))).toEqual({
    all: null,
    half: next('appraise'),
    none: next('labels'),
    'no-image': undefined,
  });
  expect(looked.find(({ item }) => item === 'all')?.paid).toEqual({ 'run-1': 10 });
  expect(looked.find(({ item }) => item === 'no-image')?.unreadable).toContain('no such image');
});

test('an answer that no longer fits its schema is none', async () => {
  const [looked] = await lookAt(backfill, ledgerWith({ 'one labels': 7 }), items('one'));
  expect(looked).toMatchObject({ paid: {}, progress: { answered: {}, next: { operation: 'labels' } } });
});

test('a look ends when its time is up, with what it has seen', async () => {
  const looked = await lookAt(backfill, ledgerWith({}), items('slow', 'one', 'two'), { withinMs: 50 });
  expect(looked.map(({ item }) => item)).toEqual(['one', 'two']);
});

test('an interruption ends a look at once', async () => {
  const stop = new AbortController();
  const looking = lookAt(backfill, ledgerWith({}), items('slow'), { signal: stop.signal });
  stop.abort();
  await expect(looking).rejects.toThrowError(/abort/i);
});

test('a ledger that fails ends a look with its error', async () => {
  const down = { answered: () => Promise.reject(new Error('the ledger is down')) };
  await expect(lookAt(backfill, down, items('one', 'two'))).rejects.toThrowError('the ledger is down');
});
