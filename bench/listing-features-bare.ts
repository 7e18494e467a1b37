/**
 * The bare loop that bench/listing-features.ts compares with: pages of 500 listings by `search_after`, their photos'
 * analyses by BatchGetItem, the split, one bulk of updates per page. As fast as a script would be; nothing of it survives a
 * crash, and nothing can be taken back. Forked with what to do as JSON; sends {@link BareEnd}.
 */
import { type AttributeValue, BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Client } from '@opensearch-project/opensearch';
import { readAnalysis } from '../src/domain/listing/read-analysis.ts';
import { type Analysis, splitVisualFeatures } from '../src/domain/listing/split.ts';

export interface BareTask {
  opensearchUrl: string;
  dynamodbUrl: string;
  index: string;
  table: string;
  /** Begins after this listing. */
  after: string | null;
  listings: number;
}

export interface BareEnd {
  seconds: number;
  /** Of this process. */
  cpuSeconds: number;
  listings: number;
  written: number;
  conflicts: number;
  /** The last one in the order of the index. */
  last: string | null;
}

interface Hit {
  _id: string;
  _seq_no: number;
  _primary_term: number;
  _source: { image_vectors?: { image_url?: unknown }[] | null };
  sort: [string];
}

const PAGE = 500;
/** As many as a worker has. */
const PAGES_AT_ONCE = 4;
const REQUESTS_AT_ONCE = 8;
const KEYS_AT_ONCE = 100;

const task = JSON.parse(process.argv[2] ?? '') as BareTask;
const opensearch = new Client({ node: task.opensearchUrl });
const dynamodb = new DynamoDBClient({
  endpoint: task.dynamodbUrl,
  region: 'us-east-1',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
});
const end: BareEnd = { seconds: 0, cpuSeconds: 0, listings: 0, written: 0, conflicts: 0, last: task.after };

const began = performance.now();
const cpu = process.cpuUsage();
const pages = everyPage();
const lane = async () => {
  for await (const page of pages) await workPage(page);
};
await Promise.all(Array.from({ length: PAGES_AT_ONCE }, lane));
end.seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpu);
end.cpuSeconds = (user + system) / 1_000_000;
await opensearch.close();
dynamodb.destroy();
process.send?.(end);
process.disconnect?.();

/** The next page is asked for while others are worked on. */
async function* everyPage(): AsyncGenerator<Hit[]> {
  const { body: pit } = await opensearch.createPit({ index: [task.index], keep_alive: '5m' });
  while (end.listings < task.listings) {
    const size = Math.min(PAGE, task.listings - end.listings);
    const body = {
      size,
      query: { exists: { field: 'zpid' } },
      sort: [{ zpid: 'asc' }],
      _source: ['image_vectors.image_url'],
      pit: { id: pit.pit_id, keep_alive: '5m' },
      seq_no_primary_term: true,
      track_total_hits: false,
      ...(end.last !== null && { search_after: [end.last] }),
    };
    const found = await opensearch.search({ body } as never);
    const hits = found.body.hits.hits as unknown as Hit[];
    end.listings += hits.length;
    end.last = hits.at(-1)?.sort[0] ?? end.last;
    yield hits;
    if (hits.length < size) break;
  }
  await opensearch.deletePit({ body: { pit_id: [pit.pit_id] } } as never);
}

async function workPage(hits: readonly Hit[]): Promise<void> {
  const urlsOf = ({ _source }: Hit) => [
    ...new Set((_source.image_vectors ?? []).map(({ image_url }) => image_url)),
  ];
  const wanted = [...new Set(hits.flatMap(urlsOf))].filter((url) => typeof url === 'string' && url !== '');
  const cached = await analysesOf(wanted as string[]);
  const body = hits.flatMap((hit) => {
    const analyses = urlsOf(hit).flatMap((url) => cached.get(url as string) ?? []);
    if (analyses.length === 0) return [];
    const { exterior, interior, amenities } = splitVisualFeatures(analyses);
    const fields = {
      ...(exterior !== null && { exterior_visual_features: exterior }),
      ...(interior !== null && { interior_visual_features: interior }),
      ...(amenities !== null && { amenities_visual_features: amenities }),
    };
    const { _id, _seq_no: if_seq_no, _primary_term: if_primary_term } = hit;
    return [{ update: { _id, if_seq_no, if_primary_term } }, { doc: fields }];
  });
  if (body.length === 0) return;
  const { body: answer } = await opensearch.bulk({ index: task.index, body });
  for (const { update } of answer.items) {
    if (update?.status === 200) end.written += 1;
    else end.conflicts += 1;
  }
}

async function analysesOf(urls: readonly string[]): Promise<Map<string, Analysis>> {
  const found = new Map<string, Analysis>();
  const batches = Array.from({ length: Math.ceil(urls.length / KEYS_AT_ONCE) }, (_, n) =>
    urls.slice(n * KEYS_AT_ONCE, (n + 1) * KEYS_AT_ONCE),
  ).values();
  const ask = async () => {
    for (const batch of batches) {
      for (const { image_url, analysis } of await batchGet(batch)) {
        const read = analysis && readAnalysis(plain(analysis));
        if (image_url?.S !== undefined && read) found.set(image_url.S, read);
      }
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE / PAGES_AT_ONCE }, ask));
  return found;
}

async function batchGet(urls: readonly string[]): Promise<Record<string, AttributeValue>[]> {
  const items: Record<string, AttributeValue>[] = [];
  let keys: Record<string, AttributeValue>[] = urls.map((url) => ({ image_url: { S: url } }));
  while (keys.length > 0) {
    const request = {
      Keys: keys,
      ProjectionExpression: '#url, #analysis',
      ExpressionAttributeNames: { '#url': 'image_url', '#analysis': 'analysis' },
    };
    const answer = await dynamodb.send(new BatchGetItemCommand({ RequestItems: { [task.table]: request } }));
    items.push(...(answer.Responses?.[task.table] ?? []));
    keys = answer.UnprocessedKeys?.[task.table]?.Keys ?? [];
  }
  return items;
}

/** Analyses hold texts and lists; the library's reader is slower. */
function plain(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.L !== undefined) return value.L.map(plain);
  if (value.M === undefined) return value.BOOL ?? null;
  return Object.fromEntries(Object.entries(value.M).map(([key, part]) => [key, plain(part)]));
}
