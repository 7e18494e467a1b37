import { describe, expect, test } from 'vitest';
import { CannotConnect } from '../../../src/cannot-connect.ts';
import { exitCodeOf } from '../../../src/cli/exit-codes.ts';
import { explain } from '../../../src/cli/explain.ts';
import { NoServers } from '../../../src/cli/servers.ts';
import { NO_COUNTS } from '../../../src/domain/counts.ts';
import { UsageError } from '../../../src/domain/failure.ts';
import type { PauseReason } from '../../../src/domain/page.ts';
import { StoreFailure } from '../../../src/stores/store-failure.ts';

describe('the exit code tells how a run ended', () => {
  const clean = { ...NO_COUNTS, total: 2, written: 2 };
  const keep = { settings: { onFailure: 'keep' as const } };
  const undo = { settings: { onFailure: 'rollback' as const } };
  const paused = (kind: PauseReason['kind']) => ({
    state: 'paused' as const,
    reason: { kind, message: '' },
    counts: clean,
    ...keep,
  });
  const undone = { state: 'rolled-back', reason: null, counts: clean } as const;

  test.for([
    ['done', 0, { state: 'done', reason: null, counts: clean, ...keep }],
    ['done with failed items', 3, { state: 'done', reason: null, counts: { ...clean, failed: 1 }, ...keep }],
    [
      'done with items kept for a person',
      3,
      { state: 'done', reason: null, counts: { ...clean, unknown: 1 }, ...keep },
    ],
    ['cancelled', 1, { state: 'cancelled', reason: null, counts: clean, ...keep }],
    ['rolled back', 0, { state: 'rolled-back', reason: null, counts: { ...clean, failed: 1 }, ...keep }],
    ['awaiting approval', 0, { state: 'awaiting-approval', reason: null, counts: clean, ...keep }],
    ['rolled back by itself, cancelled', 1, { ...undone, ...undo }],
    [
      'rolled back by itself, for its verify',
      1,
      { ...undone, ...undo, verified: { passed: false, message: 'no' } },
    ],
    [
      'rolled back by a person, though it had passed its verify',
      0,
      { ...undone, ...undo, verified: { passed: true, message: 'yes' } },
    ],
    ['stopped by the budget', 5, paused('budget')],
    ['stopped by the budget of the day', 5, paused('day-budget')],
    ['stopped by failures', 1, paused('failures')],
    ['stopped by a bad key', 1, paused('configuration')],
  ] as const)('%s: %i', ([, code, run]) => {
    expect(exitCodeOf(run)).toBe(code);
  });
});

describe('what is thrown becomes a line that says what to do', () => {
  test('wrong use: 2, with its hint', () => {
    expect(explain(new UsageError('no such run', 'list them'))).toEqual({
      message: 'no such run',
      hint: 'list them',
      exitCode: 2,
    });
  });

  test('an unreachable server: 4, with its name and variable', () => {
    const told = explain(
      new CannotConnect('Temporal', 'nowhere:7233', 'TEMPORAL_ADDRESS', new Error('refused')),
    );
    expect(told).toMatchObject({ exitCode: 4 });
    expect(told.message).toContain('Temporal at nowhere:7233');
    expect(told.hint).toContain('TEMPORAL_ADDRESS');
  });

  test('no servers at all: 4', () => {
    expect(explain(new NoServers('/data')).exitCode).toBe(4);
  });

  test('a refused password, however deep: 4, and what to correct', () => {
    const refused = Object.assign(new Error('password authentication failed for user "ann"'), {
      code: '28P01',
    });
    const told = explain(new StoreFailure('journal', refused));
    expect(told).toMatchObject({ exitCode: 4, hint: expect.stringContaining('DATABASE_URL') });
    expect(told.message).toContain('"ann"');
  });

  test('a refused connection to several addresses is not told by an empty message', () => {
    const each = [Object.assign(new Error('connect ECONNREFUSED ::1:5432'), { code: 'ECONNREFUSED' })];
    const refused = Object.assign(new AggregateError(each, ''), { code: 'ECONNREFUSED' });
    expect(explain(refused).message).toContain('connect ECONNREFUSED ::1:5432');
  });

  test('anything else: 1, one line, no stack', () => {
    const told = explain(new Error('first line\n    at somewhere (file.ts:1)'));
    expect(told).toMatchObject({ message: 'first line', exitCode: 1 });
  });
});
