import type { Backfill, BackfillDefinition, Surroundings } from '../define.ts';
import { changesOf } from './changes.ts';
import { expects } from './expects.ts';
import { check, migrate } from './migrate.ts';
import { type Options, options } from './options.ts';
import { lookAt } from './process.ts';
import { questions } from './questions.ts';
import { readShape, type Shape } from './shape.ts';
import { type ImageRow, photoSource } from './source.ts';
import { trend } from './trend.ts';
import { verify } from './verify.ts';

/** Looks at every photo of every vehicle: labels, document or appraisal, and what an SPID sheet says. */
export const vehicleImages: BackfillDefinition<typeof options> = {
  name: 'vehicle-images',
  summary: 'Analyse vehicle photos: labels and angle, documents and SPID sheets, appraisal',
  options,
  version: '1',
  keeps: 'postgres',
  only: ['incomplete'],
  tells: ['trend'],
  expects,
  open,
};

function open({ postgres, vision }: Surroundings, { model, steps, sensitiveLocal }: Options): Backfill {
  const look = { vision, questions: questions(model), steps, sensitiveLocal };
  let known: Promise<Shape> | undefined;
  const shape = () => {
    known ??= readShape(postgres);
    // A database that did not answer is asked again.
    known.catch(() => {
      known = undefined;
    });
    return known;
  };

  return {
    check: () => check(postgres),
    async prepare() {
      await migrate(postgres);
      known = undefined;
    },
    source: photoSource(postgres, shape),
    async process(item, ask) {
      const findings = await lookAt(item, ask, look);
      return { kind: 'write', changes: changesOf(item, findings, await shape(), new Date().toISOString()) };
    },
    verify: async () => verify(postgres),
    trend: (by) => trend(postgres, by),
    referenceOf: ({ row }) => (row as ImageRow).reference,
  };
}
