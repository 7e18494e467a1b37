import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StartRequest } from '../../src/client.ts';
import { pending } from '../../src/domain/counts.ts';
import type { Run } from '../../src/domain/run.ts';
import { DEFAULT_SETTINGS } from '../../src/domain/settings.ts';
import { type ContractWorld, SUBJECTS, type Subject } from './contract-worlds.ts';
import { eventually } from './tiny-town.ts';

/** Short pages, few at a time: a run that lasts long enough to be disturbed. */
const SLOWLY: StartRequest['settings'] = { page: 4, pack: 4, window: 2, concurrency: 2 };
const CANARY = 4;
const LONG = 120_000;

/** What every backfill promises, by one disturbed run beside an undisturbed one. */
export function keepsTheContract(name: string): void {
  const { open, arrivals } = SUBJECTS[name] as Subject;
  describe(`a run of ${name} over a while`, { timeout: LONG }, () => {
    let world: ContractWorld;
    let undisturbed: { run: Run; outcome: unknown; left: number };
    let before: unknown;
    let run: Run;

    const now = () => world.client.run(run.runId);
    const settled = ({ counts }: Run) => counts.total - pending(counts);
    const getsFurther = async () => {
      const from = settled(await now());
      return eventually(
        now,
        (run) => settled(run) > from,
        LONG,
        ({ state }) => `it stands still, ${state}`,
      );
    };
    const surveyed = ({ client, usual }: ContractWorld) =>
      client.survey({ backfill: name, selection: { only: 'missing' }, options: {}, ...usual });

    beforeAll(async () => {
      const other = await open();
      try {
        await other.hire();
        const ended = await other.run();
        const { items: left } = await surveyed(other);
        undisturbed = { run: ended, outcome: other.outcome(await other.dump()), left };
      } finally {
        await other.close();
      }
      world = await open();
      // Columns that a start adds stay, empty.
      const settings = { ...DEFAULT_SETTINGS, options: world.usual.options ?? {} };
      await world.client.surroundings.backfillOf({ backfill: name, settings }).prepare();
      before = await world.dump();
    }, LONG);
    afterAll(() => world?.close(), LONG);

    test('begins with a canary of just so many items, and waits for approval', async () => {
      const budget = arrivals ? Math.ceil(undisturbed.run.spent / 2) : 0;
      run = await world.start({ settings: { ...SLOWLY, canary: CANARY, budget } });
      await world.hire();
      const waiting = await world.until(run, 'awaiting-approval');
      expect(settled(waiting)).toBe(CANARY + skippedAtFirst(waiting));
      expect(waiting.holds).toEqual({});
    });

    test('is the only one: a second one is refused while it is open', async () => {
      await expect(world.start()).rejects.toThrow(`a run of '${name}' is open already`);
    });

    test('stops before it spends more than its budget, and goes on with a larger one', async () => {
      await world.client.approve(name, 'a test');
      if (!arrivals) return;
      const budget = (await now()).settings.budget as number;
      const paused = await world.until(run, 'paused');
      expect(paused.reason?.kind).toBe('budget');
      expect(paused.spent + paused.unknownHeld).toBeLessThanOrEqual(budget);
      expect(pending(paused.counts)).toBeGreaterThan(0);
      await world.client.tune(name, { budget: null }, 'a test');
      await world.resume(run);
    });

    test('asks and writes nothing while it is paused', async () => {
      await getsFurther();
      await world.client.pause(name, 'a test');
      const paused = await world.until(run, 'paused');
      expect(paused.holds).toEqual({});
      expect(pending(paused.counts)).toBeGreaterThan(0);
      const [asked, written] = [await arrivals?.(), await world.dump()];
      await sleep(1_000);
      expect(await arrivals?.()).toBe(asked);
      expect(await world.dump()).toEqual(written);
      await world.resume(run);
    });

    test('ends as an undisturbed one, though its worker is killed', async () => {
      const [worker] = world.workers;
      await getsFurther();
      await worker?.kill();
      expect(pending((await now()).counts)).toBeGreaterThan(0);
      await world.hire();
      const ended = await world.until(run, 'done', LONG);
      expect(together(ended)).toEqual(together(undisturbed.run));
      expect(ended.classes).toEqual(undisturbed.run.classes);
      expect(world.outcome(await world.dump())).toEqual(undisturbed.outcome);
    });

    test('is billed for no answer twice but for what was in flight', async () => {
      const { runId, spent, holds } = await now();
      const audit = await world.client.surroundings.ledger.audit(runId);
      expect(holds).toEqual({});
      expect(spent).toBe(audit.spent);
      expect(audit.unknown.length + audit.duplicates.length).toBeLessThanOrEqual(
        2 * (SLOWLY?.concurrency ?? 0),
      );
      if (audit.unknown.length === 0) expect(spent).toBe(undisturbed.run.spent);
    });

    test('leaves to the next one what it could not do, and nothing else', async () => {
      expect((await surveyed(world)).items).toBe(undisturbed.left);
    });

    test('is rolled back to what was there before', async () => {
      await world.rollBack(run, LONG);
      expect((await now()).state).toBe('rolled-back');
      expect(await world.dump()).toEqual(before);
    });
  });
}

/** What a killed worker had computed already comes from where it was kept. */
function together({ counts: { written, cached, ...others } }: Run): object {
  return { ...others, done: written + cached };
}

/** Counted when the run was planned. */
function skippedAtFirst({ classes }: Run): number {
  return (classes['no-vehicle'] ?? 0) + (classes.done ?? 0);
}
