/**
 * Prints the sample for programs in other languages, a line of JSON for each listing:
 * `node src/stack/listings/dump.ts [--listings n] [--seed s] [--queries]`.
 *
 * `analyses` are what the cache holds for the listing, in the order of `image_vectors`, each URL once, as it is
 * held: an object, that object as a JSON text, or now and then neither. With `--queries`: the judged queries.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { generateListings } from './generate.ts';
import { KNOWN_LISTINGS, planListings } from './plan.ts';
import { judgedQueries } from './queries.ts';

const { values } = parseArgs({
  options: {
    listings: { type: 'string', default: String(KNOWN_LISTINGS) },
    seed: { type: 'string', default: '0' },
    queries: { type: 'boolean', default: false },
  },
});
const plan = planListings({ listings: Number(values.listings), seed: Number(values.seed) });

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `| head` has read enough.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

if (values.queries) {
  process.stdout.write(`${JSON.stringify(judgedQueries(plan))}\n`);
} else {
  for (const { zpid, cached } of generateListings(plan)) {
    const line = JSON.stringify({ zpid, analyses: cached.map(({ analysis }) => analysis) });
    if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
  }
}
