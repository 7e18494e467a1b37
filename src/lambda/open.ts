import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Client } from '@opensearch-project/opensearch';
import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws-v3';
import { z } from 'zod';
import { createAnalysisCache } from '../backfills/listing-features/cache.ts';
import { options, splitOptions } from '../backfills/listing-features/options.ts';
import { splitFrom } from '../backfills/listing-features/process.ts';
import { openSearch } from '../stores/opensearch/client.ts';
import { openDocuments } from '../stores/opensearch/documents.ts';
import { createFeatureWriter, type FeatureWriter } from './feature-writer.ts';

const json = z.string().transform((text, { addIssue }): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    addIssue('is no JSON');
    return z.NEVER;
  }
});

/** Index and table have variables of their own. */
const ofTheSplit = options
  .pick({ weighConfidence: true, maxMaterials: true, maxInterior: true, maxAmenities: true, amenities: true })
  .partial()
  .strict();

const environment = z.object({
  /** May hold a user and password. */
  OPENSEARCH_URL: z.url('is to be the address of OpenSearch, https://user:password@host:9200'),
  /** `aws` signs requests to a domain whose address does not tell that it is Amazon's. */
  OPENSEARCH_AUTH: z.literal('aws').optional(),
  LISTINGS_INDEX: options.shape.index,
  VISION_CACHE_TABLE: options.shape.cacheTable,
  /** Those of a backfill run that its listings are to agree with: `{"maxInterior": 12}`. */
  SPLIT_OPTIONS: json.pipe(ofTheSplit).optional(),
  /** Lambda sets it. */
  AWS_REGION: z.string().optional(),
});

/** What an invocation writes with. Throws for an environment that lacks something, and names it. */
export function openFeatureWriter(env: NodeJS.ProcessEnv): FeatureWriter {
  const parsed = environment.safeParse(withoutEmpty(env));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`environment variable ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { OPENSEARCH_URL, OPENSEARCH_AUTH, AWS_REGION, ...set } = parsed.data;
  const cache = createAnalysisCache(new DynamoDBClient(), set.VISION_CACHE_TABLE);
  const opensearch = OPENSEARCH_AUTH ? signed(OPENSEARCH_URL, AWS_REGION) : openSearch(OPENSEARCH_URL);
  const splitOne = splitFrom(cache, splitOptions(options.parse(set.SPLIT_OPTIONS ?? {})));
  return createFeatureWriter(openDocuments(opensearch), set.LISTINGS_INDEX, splitOne);
}

function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

function signed(node: string, region: string | undefined): Client {
  if (!region) throw new Error('environment variable AWS_REGION: requests are signed for a region');
  return new Client({ node, maxRetries: 0, requestTimeout: 60_000, ...AwsSigv4Signer({ region }) });
}
