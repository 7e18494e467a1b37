import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { AMENITIES, type SplitOptions, type Vocabulary } from '../../domain/listing/split.ts';

const count = (from: number) => {
  const error = `expected a whole number (${from} or more)`;
  return z.int({ error }).min(from, { error });
};

/** A run keeps its options in the ledger, where an item has an end. */
const MOST_BYTES = 50_000;

const aliases = z.array(z.string('expected texts'), 'expected other phrases for an amenity in a list');

const vocabulary = z.record(
  z.string(),
  aliases,
  'expected a file of JSON like {"ski locker": ["ski room"]}: a phrase, and other phrases for the same',
);

/** Each field becomes a flag. Parsing what was parsed changes nothing. */
export const options = z.object({
  index: z
    .string()
    .regex(/^[^\s,*?]+$/, 'expected the name of one index')
    .default('listings-v2')
    .describe('index that holds the listings')
    .meta({ placeholder: 'name' }),
  cacheTable: z
    .string()
    .min(1, 'expected the name of a table')
    .default('hearth-vision-cache')
    .describe('DynamoDB table that holds the analyses, by image_url')
    .meta({ placeholder: 'name' }),
  idField: z
    .string()
    .min(1, 'expected the name of a field')
    .default('zpid')
    .describe('field that tells listings apart, a keyword or a whole number')
    .meta({ placeholder: 'field' }),
  weighConfidence: z
    .boolean()
    .default(false)
    .describe('count what a photo says 3 times for high confidence, 2 times for medium, once for low'),
  maxMaterials: count(0).default(3).describe('materials named at most').meta({ placeholder: 'number' }),
  maxInterior: count(0)
    .default(10)
    .describe('features of the interior named at most')
    .meta({ placeholder: 'number' }),
  maxAmenities: count(0)
    .optional()
    .describe('amenities named at most (default: all)')
    .meta({ placeholder: 'number' }),
  amenities: z
    .preprocess(
      (given, context) => (typeof given === 'string' ? readJson(given, context) : given),
      vocabulary,
    )
    .optional()
    .describe('more amenities, beside the built-in ones: JSON like {"ski locker": ["ski room"]}')
    .meta({ placeholder: 'file' }),
});
export type Options = z.infer<typeof options>;

export function splitOptions(given: Options): SplitOptions {
  const { weighConfidence, maxMaterials, maxInterior, maxAmenities, amenities } = given;
  return {
    weighConfidence,
    caps: { materials: maxMaterials, interior: maxInterior, amenities: maxAmenities },
    amenities: amenities ? extended(AMENITIES, amenities) : AMENITIES,
  };
}

/** A phrase that is known already gets more aliases. */
function extended(known: Vocabulary, more: Vocabulary): Vocabulary {
  const both = Object.entries(more).map(([phrase, others]) => [
    phrase,
    [...(Object.hasOwn(known, phrase) ? (known[phrase] ?? []) : []), ...others],
  ]);
  return { ...known, ...Object.fromEntries(both) };
}

function readJson(file: string, context: z.RefinementCtx): unknown {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  try {
    if (statSync(file).size > MOST_BYTES)
      return refuse(`expected a file of ${MOST_BYTES / 1_000} kB at most`);
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = (error as Error).message;
    return refuse(
      error instanceof SyntaxError
        ? `expected a file of JSON (${why})`
        : `expected a file that can be read (${why})`,
    );
  }
}
