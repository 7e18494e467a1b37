import { describe, expect, test } from 'vitest';
import { whatNext } from '../../../src/cli/conclusion.ts';
import { goesOnByItself } from '../../../src/cli/follow-run.ts';
import { stateInWords } from '../../../src/cli/pause-reason.ts';
import { progressLine } from '../../../src/cli/progress-bar.ts';
import { reportTable } from '../../../src/cli/report-table.ts';
import { runTable } from '../../../src/cli/run-table.ts';
import { spendingCsv } from '../../../src/cli/spending-csv.ts';
import { NO_COUNTS } from '../../../src/domain/counts.ts';
import type { PauseReason } from '../../../src/domain/page.ts';
import type { Run } from '../../../src/domain/run.ts';
import { DEFAULT_SETTINGS } from '../../../src/domain/settings.ts';
import type { Report } from '../../../src/report.ts';

const RUN: Run = {
  runId: '20261121-120000-aaaa',
  backfill: 'vehicle-images',
  workflowId: 'backfill/vehicle-images',
  state: 'running',
  reason: null,
  selection: { only: 'missing', watermark: '2026-11-21T12:00:00Z' },
  settings: { ...DEFAULT_SETTINGS, options: {} },
  units: 2,
  counts: { ...NO_COUNTS, total: 10, written: 4 },
  classes: {},
  available: 0,
  holds: {},
  spent: 0,
  spentBy: {},
  unknownHeld: 0,
  unknownCalls: 0,
  spentOn: {},
  settlements: {},
  epoch: 1,
  tunings: [],
  slow: {},
  createdAt: '2026-11-21T12:00:00Z',
};

const paused = (reason: PauseReason): Run => ({ ...RUN, state: 'paused', reason });

describe('what people see of a run', () => {
  test('a reason that passes says when the run resumes by itself', () => {
    const until = Date.parse('2026-11-22T00:00:00Z');
    const run = paused({ kind: 'quota', message: 'the quota of openai is used up', until });
    expect(stateInWords(run, until - 90 * 60_000)).toBe(
      'paused (the quota of openai is used up; resumes by itself at 2026-11-22 00:00 UTC, in 1 h 30 min)',
    );
  });

  test('a running run says why it is slow, and only then', () => {
    const slowness = ['waits for the limit of rekognition (5/s)'];
    expect(progressLine({ ...RUN, slowness }, null)).toContain(slowness[0]);
    expect(progressLine({ ...paused({ kind: 'operator', message: '' }), slowness }, null)).not.toContain(
      slowness[0],
    );
  });

  test('a sample for an estimate is marked as one', () => {
    const sample: Run = { ...RUN, sample: true };
    expect(runTable([sample])).toContain('vehicle-images (sample for an estimate)');
    expect(progressLine(sample, null)).toContain('vehicle-images, sample for an estimate');
  });

  test('a list tells why a run is paused, in a word', () => {
    expect(runTable([paused({ kind: 'day-budget', message: '…' })])).toContain('paused (day-budget)');
    expect(runTable([{ ...RUN, state: 'awaiting-approval' }])).toContain('awaiting approval');
  });
});

describe('what is said to do next', () => {
  const next = (run: Run) => whatNext(run).join('\n');

  test('a used-up budget: tune it; the budget of a day: raise that', () => {
    expect(next(paused({ kind: 'budget', message: '' }))).toContain('backfill tune vehicle-images --budget');
    expect(next(paused({ kind: 'day-budget', message: '', until: 1 }))).toContain(
      'backfill budget --per-day',
    );
  });

  test('too many failures: look at them, then resume', () => {
    const told = next(paused({ kind: 'failures', message: '' }));
    expect(told).toContain('backfill failures vehicle-images');
    expect(told).toContain('backfill resume vehicle-images');
  });

  test('after a canary: approve, or cancel and roll back', () => {
    const told = next({ ...RUN, state: 'awaiting-approval' });
    expect(told).toContain('awaiting approval');
    expect(told).toContain('backfill approve vehicle-images');
    expect(told).toContain('backfill cancel vehicle-images --rollback');
  });

  test('watching ends where only a person helps, and goes on over what passes by itself', () => {
    expect(goesOnByItself({ ...RUN, state: 'awaiting-approval' })).toBe(false);
    const approval = { by: 'ann', at: '2026-11-21T12:00:00Z' };
    expect(goesOnByItself({ ...RUN, state: 'awaiting-approval', approval })).toBe(true);
    const today = paused({ kind: 'day-budget', message: '', until: Date.now() + 3_600_000 });
    expect(goesOnByItself(today)).toBe(false);
    expect(goesOnByItself(paused({ kind: 'failures', message: '' }))).toBe(false);
    expect(goesOnByItself(paused({ kind: 'hours', message: '', until: 1 }))).toBe(true);
  });

  test('watching goes on over a pause for a budget that has room again, now that nothing is held', () => {
    const short = paused({ kind: 'budget', message: '', needs: 20 });
    expect(goesOnByItself({ ...short, available: 19 })).toBe(false);
    expect(goesOnByItself({ ...short, available: 20 })).toBe(true);
    expect(goesOnByItself(paused({ kind: 'day-budget', message: '', until: Date.now() }))).toBe(true);
  });
});

describe('spending as CSV', () => {
  test('has a line per day, run and model, oldest first, with amounts to the nanodollar', () => {
    const runs = [
      { runId: 'b', backfill: 'x', spentOn: { '2026-11-22 openai/gpt-4o': 1_500_000_000 } },
      {
        runId: 'a',
        backfill: 'x',
        spentOn: { '2026-11-21 rekognition/DetectLabels': 1, '2026-11-21 openai/gpt-4o': 20_000_000_000 },
      },
    ];
    expect(spendingCsv(runs).split('\n')).toEqual([
      'day,run,backfill,model,spent_usd',
      '2026-11-21,a,x,openai/gpt-4o,20',
      '2026-11-21,a,x,rekognition/DetectLabels,0.000000001',
      '2026-11-22,b,x,openai/gpt-4o,1.5',
    ]);
  });

  test('quotes what would break a line', () => {
    const runs = [{ runId: 'a', backfill: 'odd, "name"', spentOn: { '2026-11-21 openai/x': 1_000_000_000 } }];
    expect(spendingCsv(runs)).toContain('2026-11-21,a,"odd, ""name""",openai/x,1');
  });
});

describe('the report', () => {
  const REPORT: Report = {
    runId: RUN.runId,
    backfill: RUN.backfill,
    rollbackOf: null,
    sample: false,
    status: 'done',
    reason: null,
    slow: [],
    counts: { ...RUN.counts, cached: 3, pending: 3 },
    cachedFrom: 'kept embeddings',
    byClass: {},
    cost: {
      estimatedUsd: 41,
      estimatedBetweenUsd: [38, 44],
      budgetUsd: 60,
      spentUsd: 40.5,
      possiblyPaidTwiceUsd: 0.1,
    },
    spentBy: {},
    spentByDay: [
      { day: '2026-11-21', model: 'openai/gpt-4o', spentUsd: 40 },
      { day: '2026-11-22', model: 'openai/gpt-4o', spentUsd: 0.5 },
    ],
    unknownCalls: [
      {
        call: `${RUN.runId}/unit-1/2#4.0`,
        item: 'photo-7',
        account: 'openai/gpt-4o',
        callKey: 'k',
        worstCaseUsd: 0.1,
        repaid: true,
      },
    ],
    settlements: [
      {
        call: `${RUN.runId}/unit-1/3#0.0`,
        item: 'photo-9',
        account: 'openai/gpt-4o',
        costUsd: 0,
        by: 'eve',
        at: '2026-11-22T10:00:00Z',
      },
    ],
    duplicates: [],
    unusableAnswers: { calls: 0, costUsd: 0 },
    tunings: [{ at: '2026-11-21T13:00:00Z', by: 'bob', changes: ['budget $40.00 → $60.00'] }],
    approval: { by: 'ann', at: '2026-11-21T12:30:00Z' },
    canary: null,
    verified: { passed: false, message: '3 rows contradict each other' },
    tables: [],
    units: 2,
    startedAt: RUN.createdAt,
    finishedAt: null,
  };

  test('tells who approved, tuned and settled, in that order of time', () => {
    const table = reportTable(REPORT);
    expect(table).toMatch(
      /2026-11-21 12:30 UTC +ann +approved\n.*13:00 UTC +bob +tuned: budget \$40\.00 → \$60\.00\n.*10:00 UTC +eve +settled .*unit-1\/3#0\.0: not billed/,
    );
  });

  test('tells what items came of that were not worked out anew', () => {
    expect(reportTable(REPORT)).toMatch(/from kept embeddings +3\n/);
  });

  test('names each unknown call, and the command that closes it', () => {
    expect(reportTable(REPORT)).toContain(`backfill settle '${RUN.runId}/unit-1/2#4.0' --paid`);
  });

  test('sets spending against the estimate with its interval, the budget, and the days', () => {
    const table = reportTable(REPORT);
    expect(table).toMatch(/estimated +\$41\.00, with 95 % confidence \$38\.00 to \$44\.00/);
    expect(table).toMatch(/budget +\$60\.00/);
    expect(table).toMatch(/2026-11-22 +openai\/gpt-4o +\$0\.50/);
    expect(table).toMatch(/verified +NOT PASSED: 3 rows contradict each other/);
  });
});
