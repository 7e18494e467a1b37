import { expect, test } from 'vitest';
import { MemoryBudget } from '../../../src/vision/memory-budget.ts';

/** Tasks that go on until they are told to end; names of those that have begun are in `begun`. */
function tasks(budget: MemoryBudget) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const begin = (name: string, bytes: number, owner?: string) =>
    budget.spend(
      bytes,
      () => {
        begun.push(name);
        return new Promise<void>((end) => ends.set(name, end));
      },
      owner,
    );
  const end = async (name: string) => {
    ends.get(name)?.();
    await new Promise(setImmediate);
  };
  return { begun, begin, end };
}

test('tasks begin in order of arrival, when their bytes are free', async () => {
  const { begun, begin, end } = tasks(new MemoryBudget(100));
  void begin('a', 60);
  void begin('b', 60);
  void begin('c', 10);
  await new Promise(setImmediate);
  expect(begun).toEqual(['a']);
  await end('a');
  expect(begun).toEqual(['a', 'b', 'c']);
});

test('a task that needs more than there is at all runs alone', async () => {
  const { begun, begin, end } = tasks(new MemoryBudget(100));
  void begin('a', 500);
  void begin('b', 1);
  await new Promise(setImmediate);
  expect(begun).toEqual(['a']);
  await end('a');
  expect(begun).toEqual(['a', 'b']);
});

test('who has half of it lets others pass', async () => {
  const { begun, begin, end } = tasks(new MemoryBudget(100));
  void begin('slow 1', 40, 'slow');
  void begin('slow 2', 40, 'slow');
  void begin('slow 3', 500, 'slow');
  void begin('other', 50, 'other');
  await new Promise(setImmediate);
  expect(begun).toEqual(['slow 1', 'other']);
  await end('slow 1');
  expect(begun).toEqual(['slow 1', 'other', 'slow 2']);
  await end('slow 2');
  expect(begun).toEqual(['slow 1', 'other', 'slow 2', 'slow 3']);
});
