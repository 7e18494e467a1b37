import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DescribeTableCommand, DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import type { Client } from '@opensearch-project/opensearch';
import { type Config, readConfig, requireVariable } from '../config.ts';
import { UsageError } from '../domain/failure.ts';
import { loadListings } from '../stack/listings/load.ts';
import { planListings } from '../stack/listings/plan.ts';
import { judgedQueries } from '../stack/listings/queries.ts';
import { createIndex } from '../stack/listings/stores.ts';
import { openSearch } from '../stores/opensearch/client.ts';
import { say } from './output.ts';
import { formatCount } from './table.ts';

const INDEX = 'listings-v2';
const TABLE = 'hearth-vision-cache';
const MARK = 'sample data of temporal-backfill';

/**
 * Fills index and cache with sample listings; those that are there stay as they are. Beside them, in the data folder,
 * searches whose right answers are known. Throws UsageError where somebody's data is.
 */
export async function loadListingSample(listings: number, dataDir: string): Promise<void> {
  const config = readConfig();
  const opensearchUrl = requireVariable(config, 'OPENSEARCH_URL');
  requireNoAws();
  const dynamodb = dynamodbOf(config);
  const opensearch = openSearch(opensearchUrl);
  try {
    await claimIndex(opensearch, dynamodb, `${MARK}: ${listings} listings`);
    say(`loading ${formatCount(listings)} sample listings`);
    const { images, cached } = await loadListings({
      opensearchUrl,
      index: INDEX,
      dynamodb,
      table: TABLE,
      listings,
    });
    const queries = path.join(dataDir, 'listing-queries.json');
    const judged = judgedQueries(planListings({ listings })).filter(({ relevant }) => relevant.length > 0);
    await mkdir(dataDir, { recursive: true });
    await writeFile(queries, JSON.stringify(judged));
    say(`${formatCount(listings)} listings with ${formatCount(images)} images in ${INDEX}`);
    say(`${formatCount(cached)} analyses of them in ${TABLE}`);
    say(`${judged.length} judged queries in ${queries}, for 'backfill verify listing-features --queries'`);
  } finally {
    await opensearch.close();
    dynamodb.destroy();
  }
}

/** There it would cost money, and lie beside what was paid for. */
function requireNoAws(): void {
  if (process.env.AWS_ENDPOINT_URL_DYNAMODB || process.env.AWS_ENDPOINT_URL) return;
  throw new UsageError(
    '--listings fills a DynamoDB table, and the one here would be in AWS',
    'unset AWS_REGION or the AWS credentials, so that the stack starts a DynamoDB of its own',
  );
}

/** An embedded one takes anybody, but the client insists on being somebody. */
function dynamodbOf({
  AWS_ENDPOINT_URL_DYNAMODB,
  BACKFILL_EMBEDDED_DYNAMODB,
  AWS_REGION,
}: Config): DynamoDBClient {
  const region = AWS_REGION ?? 'us-east-1';
  if (AWS_ENDPOINT_URL_DYNAMODB !== BACKFILL_EMBEDDED_DYNAMODB) return new DynamoDBClient({ region });
  return new DynamoDBClient({
    region,
    credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' },
  });
}

/** Marked before it is filled, so that a load that was broken off can be gone on with. */
async function claimIndex(opensearch: Client, dynamodb: DynamoDBClient, mark: string): Promise<void> {
  const there = await markOf(opensearch);
  if (there === mark) return;
  if (there !== undefined) throw taken(`index ${INDEX}`, there, mark);
  if (await hasTable(dynamodb)) throw taken(`DynamoDB table ${TABLE}`, null, mark);
  await createIndex(opensearch, INDEX);
  await opensearch.indices.putMapping({ index: INDEX, body: { _meta: { [MARK]: mark } } });
}

/** Undefined: there is no such index. Null: it is somebody's. */
async function markOf(opensearch: Client): Promise<string | null | undefined> {
  const { body: exists } = await opensearch.indices.exists({ index: INDEX });
  if (!exists) return undefined;
  const { body } = await opensearch.indices.getMapping({ index: INDEX });
  const [found] = Object.values(body);
  const mark: unknown = found?.mappings._meta?.[MARK];
  return typeof mark === 'string' ? mark : null;
}

async function hasTable(dynamodb: DynamoDBClient): Promise<boolean> {
  try {
    await dynamodb.send(new DescribeTableCommand({ TableName: TABLE }));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

function taken(what: string, mark: string | null, wanted: string): UsageError {
  return new UsageError(
    `${what} holds ${mark === null ? 'data of its own' : `another sample (${mark})`}`,
    `for "${wanted}", name a new data folder with --data-dir, and leave out the variables of servers that hold data`,
  );
}
