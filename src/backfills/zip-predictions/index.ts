import { openEmbeddingCache } from '../../stores/embeddings/cache.ts';
import { openModels } from '../../vision/local/models.ts';
import type { Backfill, BackfillDefinition, Surroundings } from '../define.ts';
import { once } from '../once.ts';
import { completeProjects } from './complete.ts';
import { writeSummary } from './log.ts';
import { mendable } from './mendable.ts';
import { openedProjects } from './opened-projects.ts';
import { type Options, options } from './options.ts';
import { placesIn } from './places.ts';
import { planTable } from './plan-table.ts';
import { predict } from './process.ts';
import { knownProjects } from './projects.ts';
import { imageSource, type Work } from './source.ts';
import { verifyDatabases } from './verify.ts';

const VERSION = '1';

/** What a ranker and a crop proposer would have chosen in zips of photos: a database per project. */
export const zipPredictions: BackfillDefinition<typeof options> = {
  name: 'zip-predictions',
  summary: 'Predict the best image and its crop in zips of photos, with local models; nothing is bought',
  options,
  version: VERSION,
  keeps: 'files',
  queue: 'predictions',
  reuses: 'kept embeddings',
  // A database is made as a whole.
  retry: 'start-backfill zip-predictions --only failed --force',
  expects: () => [],
  open,
};

function open({ files }: Surroundings, given: Options): Backfill {
  const { folder, journal } = files;
  const places = placesIn(folder, given);
  const opened = openedProjects(given.groupBy);
  const projects = () => knownProjects(places, given.projects);
  const planning = { projects, opened, force: given.force };
  const predicting = once(async () => {
    const models = await openModels(places.models);
    const { embeddings, embeddingIndex: index } = places;
    const { cacheOfUnknownEncoder, encoder } = models;
    const cache = { folder: embeddings, index, encoder: encoder.sha256, cacheOfUnknownEncoder };
    return { models, embeddings: await openEmbeddingCache(cache) };
  });

  return {
    async check() {
      await projects();
      await (await openModels(places.models)).close();
      return [];
    },
    prepare: async () => undefined,
    source: imageSource({ ...planning, journal }),
    process: (item) => mendable(async () => predict(item.row as Work, await predicting())),
    complete: (runId) => completeProjects({ ...planning, places, journal, version: VERSION }, runId),
    conclude: (run) => writeSummary(places, journal, run),
    plan: async () => planTable(planning),
    verify: async () => verifyDatabases(await projects(), opened),
  };
}
