import type { Backfill, BackfillDefinition, Surroundings } from '../define.ts';
import { once } from '../once.ts';
import { openDetector } from './detectors/open.ts';
import { expects } from './expects.ts';
import { explain } from './explain.ts';
import { check, migrate } from './migrate.ts';
import { type Options, options } from './options.ts';
import { score } from './process.ts';
import { type ImageRow, imageSource } from './source.ts';
import { trend } from './trend.ts';
import { verify } from './verify.ts';

/** Scores photos of birds from 0 to 100: how well they can be annotated. */
export const imageQuality: BackfillDefinition<typeof options> = {
  name: 'image-quality',
  summary: 'Score bird photos from 0 to 100: size, position, resolution, contrast, one clear subject',
  options,
  version: '1',
  keeps: 'postgres',
  only: ['incomplete'],
  tells: ['explain', 'trend'],
  expects,
  open,
};

function open({ postgres, vision }: Surroundings, given: Options): Backfill {
  const detector = once(() => openDetector(given, vision));
  return {
    async check() {
      await (await openDetector(given, vision)).close?.();
      return check(postgres);
    },
    prepare: () => migrate(postgres),
    source: imageSource(postgres),
    async process(item, ask) {
      const scoring = { vision, detector: await detector(), allowPartial: given.allowPartial };
      const change = await score(item, ask, scoring);
      return change ? { kind: 'write', changes: [change] } : { kind: 'skip', class: 'scored-already' };
    },
    verify: async () => verify(postgres),
    trend: (by) => trend(postgres, by),
    explain: (ids) => explain(postgres, ids),
    referenceOf: ({ row }) => (row as ImageRow).reference,
  };
}
