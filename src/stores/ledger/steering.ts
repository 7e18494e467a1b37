import { isDeepStrictEqual } from 'node:util';
import { formatUsd, type Nanodollars } from '../../domain/money.ts';
import { utcDay } from '../../domain/pacing.ts';
import type { Pins, Run, Settlement } from '../../domain/run.ts';
import { isClosed } from '../../domain/run-state.ts';
import { applyTuning, describeTuning, type Tuning, tuningProblem } from '../../domain/tuning.ts';
import { additions, capOf, toRun } from './run-row.ts';
import type { Row, Table } from './table.ts';

/** What people change about a run, and what workers note on it. */
export interface Steering {
  /** Changes settings of an open run; the budget only as far as nothing is spent or held beyond it. */
  tune(runId: string, tuning: Tuning, by: string): Promise<Tuned>;
  /** Says who let the run go on after its canary. Null when it does not wait for that. */
  approve(runId: string, by: string): Promise<Run | null>;
  /** Keeps what the run is pinned to, the first time; returns what it has been pinned to since. */
  pin(runId: string, pins: Pins): Promise<Pins>;
  /** Keeps what `verify` said. */
  noteVerified(runId: string, verified: { passed: boolean; message: string }): Promise<Run>;
  /** Says why a worker goes slowly; no reasons: it does not. */
  noteSlow(runId: string, worker: string, reasons: string[]): Promise<void>;
  /** Books a call of unknown outcome that a person has closed, once. False when that was done before. */
  settle(runId: string, call: SettledCall): Promise<boolean>;
}

export type Tuned = { kind: 'tuned'; changes: string[]; run: Run } | { kind: 'refused'; why: string };

export interface SettledCall {
  id: string;
  account: string;
  worstCase: Nanodollars;
  settlement: Settlement;
}

export function createSteering(
  table: Table,
  key: (runId: string) => readonly [pk: string, sk: string],
  existing: (runId: string) => Promise<Run>,
): Steering {
  return {
    async tune(runId, tuning, by) {
      for (;;) {
        const run = await existing(runId);
        const why = problemOf(run, tuning);
        if (why) return { kind: 'refused', why };
        const changes = describeTuning(run.settings, tuning);
        const settings = applyTuning(run.settings, tuning);
        const delta = capOf(settings.budget) - capOf(run.settings.budget);
        const recorded = { at: new Date().toISOString(), by, changes };
        const tuned = await table.update(...key(runId), {
          UpdateExpression:
            'SET settings = :settings, available = available + :delta, tunings = list_append(tunings, :tuning)',
          // Whoever tuned in between has changed what these changes are about.
          ConditionExpression: 'size(tunings) = :seen AND available >= :taken',
          ExpressionAttributeValues: {
            ':settings': settings,
            ':delta': delta,
            ':taken': -delta,
            ':seen': run.tunings.length,
            ':tuning': [recorded],
          },
        });
        if (tuned) return { kind: 'tuned', changes, run: toRun(tuned) };
        const now = await existing(runId);
        // The client library may have repeated the update, as its acknowledgement was lost: then it is done.
        if (isDeepStrictEqual(now.tunings[run.tunings.length], recorded))
          return { kind: 'tuned', changes, run: now };
        // Where another tuning came between, this one is about another budget now.
        const judged = now.tunings.length === run.tunings.length;
        if (judged && now.available < -delta) return { kind: 'refused', why: belowSpent(now) };
      }
    },

    async approve(runId, by) {
      const approved = await table.update(...key(runId), {
        UpdateExpression: 'SET approval = if_not_exists(approval, :approval)',
        ConditionExpression: '#state = :waiting',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: {
          ':approval': { by, at: new Date().toISOString() },
          ':waiting': 'awaiting-approval',
        },
      });
      return approved && toRun(approved);
    },

    async pin(runId, pins) {
      const pinned = await table.update(...key(runId), {
        UpdateExpression: 'SET pins = if_not_exists(pins, :pins)',
        ExpressionAttributeValues: { ':pins': pins },
      });
      return (pinned as Row & { pins: Pins }).pins;
    },

    async noteVerified(runId, verified) {
      const noted = await table.update(...key(runId), {
        UpdateExpression: 'SET verified = :verified',
        ExpressionAttributeValues: { ':verified': verified },
      });
      return toRun(noted as Row);
    },

    async noteSlow(runId, worker, reasons) {
      await table.update(...key(runId), {
        UpdateExpression: reasons.length > 0 ? 'SET slow.#worker = :note' : 'REMOVE slow.#worker',
        ConditionExpression: 'attribute_exists(slow)',
        ExpressionAttributeNames: { '#worker': worker },
        ...(reasons.length > 0 && { ExpressionAttributeValues: { ':note': { reasons, at: Date.now() } } }),
        ReturnValues: 'NONE',
      });
    },

    async settle(runId, { id, account, worstCase, settlement }) {
      const { cost } = settlement;
      const settled = await table.update(...key(runId), {
        ...additions(
          [
            ['available', worstCase - cost],
            ['unknownHeld', -worstCase],
            ['unknownCalls', -1],
            ['spent', cost],
            [`spentBy.${account}`, cost],
            [`spentOn.${utcDay(Date.now())} ${account}`, cost],
          ],
          {
            expression: ', settlements.#call = :settlement',
            condition: 'attribute_not_exists(settlements.#call)',
            names: { '#call': id },
            values: { ':settlement': settlement },
          },
        ),
        ReturnValues: 'NONE',
      });
      if (settled !== null) return true;
      // As above: repeated, but ours.
      return isDeepStrictEqual((await existing(runId)).settlements[id], settlement);
    },
  };
}

function problemOf(run: Run, tuning: Tuning): string | null {
  if (isClosed(run.state) || run.state === 'cancelling') return `run ${run.runId} is ${run.state}`;
  if (run.rollbackOf && (tuning.budget !== undefined || tuning.rates))
    return 'a rollback asks nobody: it has no costs';
  const problem = tuningProblem(tuning);
  if (problem) return problem;
  return describeTuning(run.settings, tuning).length === 0 ? 'all of that is so already' : null;
}

function belowSpent({ spent, unknownHeld, holds }: Run): string {
  const held = Object.values(holds).reduce((sum, { amount }) => sum + amount, 0);
  return (
    `the budget cannot be less than what is gone or bound already: ${formatUsd(spent)} spent, ` +
    `${formatUsd(held)} held for calls under way, ${formatUsd(unknownHeld)} kept for calls of unknown outcome`
  );
}
