import { describe, expect, test } from 'vitest';
import { isClosed, mayMove, RUN_STATES, type RunState, statesBefore } from '../../src/domain/run-state.ts';

describe('a run', () => {
  test('can always be stopped for good until it has ended', () => {
    const stoppable = RUN_STATES.filter((state) => !isClosed(state) && state !== 'cancelling');
    for (const state of stoppable) {
      expect(mayMove(state, 'cancelling') || mayMove(state, 'cancelled'), state).toBe(true);
    }
  });

  test('that has ended moves nowhere but to rolled-back', () => {
    const statesAfter = (state: RunState) => RUN_STATES.filter((to) => mayMove(state, to));
    expect(statesAfter('done')).toEqual(['rolled-back']);
    expect(statesAfter('cancelled')).toEqual(['rolled-back']);
    expect(statesAfter('rolled-back')).toEqual([]);
  });

  test('is paused only after it was pausing, so that nothing is in flight by then', () => {
    expect(statesBefore('paused')).toEqual(['pausing']);
    expect(statesBefore('cancelled')).toEqual(['planned', 'cancelling']);
  });

  test('can reach every state from its first', () => {
    const reached = new Set<RunState>(['planned']);
    for (const from of reached) for (const to of RUN_STATES) if (mayMove(from, to)) reached.add(to);
    expect([...reached].sort()).toEqual([...RUN_STATES].sort());
  });
});

test('the states before a state are those that may move to it', () => {
  for (const to of RUN_STATES) {
    expect(statesBefore(to)).toEqual(RUN_STATES.filter((from) => mayMove(from, to)));
  }
});
