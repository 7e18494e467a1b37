import type { Backfill, BackfillDefinition, Surroundings } from '../define.ts';
import { changesOf } from './changes.ts';
import { expectedOf, expects } from './expects.ts';
import { check, migrate } from './migrate.ts';
import { type Options, options } from './options.ts';
import { outcome } from './outcome.ts';
import { planTables } from './plan-table.ts';
import { lookAt } from './process.ts';
import { prices, questions } from './questions.ts';
import { countRoutes } from './route-counts.ts';
import type { ContextRow } from './row.ts';
import { contextSource } from './source.ts';
import { verify } from './verify.ts';

/** Spends on a photo by what is already known of its vehicle. */
export const contextTiers: BackfillDefinition<typeof options> = {
  name: 'context-tiers',
  summary: 'Analyse vehicle photos by what is known of the vehicle: the more there is, the less is asked',
  options,
  version: '1',
  keeps: 'postgres',
  only: ['improved'],
  tells: ['outcome'],
  expects,
  prices,
  open,
};

function open({ postgres, vision }: Surroundings, given: Options): Backfill {
  const look = { vision, questions: questions(given), gapPer: given.gapPer };
  return {
    check: () => check(postgres),
    prepare: () => migrate(postgres),
    source: contextSource(postgres, given),
    expects: async (survey, ids) => expectedOf(given, await countRoutes(postgres, given, survey, ids)),
    plan: (request) => planTables(postgres, given, request),
    async process(item, ask) {
      const findings = await lookAt(item, ask, look);
      return { kind: 'write', changes: changesOf(item, findings, given.prices, new Date().toISOString()) };
    },
    verify: async () => verify(postgres, given),
    outcome: (run) => outcome(postgres, run),
    referenceOf: ({ row }) => (row as ContextRow).reference,
  };
}
