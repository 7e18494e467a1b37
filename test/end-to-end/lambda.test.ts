import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { type LambdaWorld, openBusyOpenSearch, openLambdaWorld } from './lambda-world.ts';

const SIGNED = /^AWS4-HMAC-SHA256 Credential=embedded\/\d+\/us-east-1\/es\/aws4_request, /;

let world: LambdaWorld;

beforeAll(async () => {
  world = await openLambdaWorld();
});
afterAll(() => world.close());

const FRONT = {
  image_type: 'exterior',
  architecture_style: 'Ranch',
  exterior_color: 'White',
  materials: ['Vinyl_Siding'],
  features: ['front porch'],
  confidence: 'high',
};
const KITCHEN = {
  image_type: 'interior',
  features: ['granite countertops', 'fireplace'],
  visual_features: null,
};

const TEXTS = {
  exterior_visual_features: 'ranch style white exterior with vinyl siding',
  interior_visual_features: 'granite countertops',
  amenities_visual_features: 'front porch, fireplace',
};

function document(zpid: string, names: readonly string[]): JsonObject & { zpid: string } {
  return {
    zpid,
    price: 349_000.5,
    visual_features_text: 'A white house with granite countertops.',
    image_vectors: names.map((name) => ({
      image_url: `https://photos.test/${zpid}/${name}.jpg`,
      image_type: 'unknown',
      vector: [0.25, -1e-7],
    })),
  };
}

/** A listing whose photos are in the cache: one analysis as a map, one as JSON, one photo not at all. */
async function upload(zpid: string, fields: JsonObject = {}): Promise<JsonObject> {
  const listing = { ...document(zpid, ['front', 'kitchen', 'nobody-looked']), ...fields };
  await world.cache(`https://photos.test/${zpid}/front.jpg`, FRONT);
  await world.cache(`https://photos.test/${zpid}/kitchen.jpg`, JSON.stringify(KITCHEN));
  await world.upload(listing);
  return listing;
}

test('an uploaded listing has all three fields, without a command, and all that it had', async () => {
  const listing = await upload('101');
  const { answer } = await world.invoke(listing);
  expect(answer).toEqual({ listings: [{ zpid: '101', status: 'written', fields: TEXTS }] });
  expect((await world.listing('101')).source).toEqual({ ...listing, ...TEXTS });
});

test('an invocation repeated writes nothing', async () => {
  await upload('102');
  await world.invoke({ zpid: 102 });
  const before = await world.listing('102');
  const { answer } = await world.invoke({ zpid: 102 });
  expect(answer).toEqual({ listings: [{ zpid: '102', status: 'unchanged', fields: TEXTS }] });
  expect(await world.listing('102')).toEqual(before);
});

test('a field that has no text any more is taken away', async () => {
  const listing = document('103', ['kitchen']);
  await world.upload({ ...listing, exterior_visual_features: 'brick', amenities_visual_features: 'deck' });
  await world.cache('https://photos.test/103/kitchen.jpg', { ...KITCHEN, features: ['White_Cabinets'] });
  const fields = {
    exterior_visual_features: null,
    interior_visual_features: 'white cabinets',
    amenities_visual_features: null,
  };
  const { answer } = await world.invoke({ zpid: '103' });
  expect(answer).toEqual({ listings: [{ zpid: '103', status: 'written', fields }] });
  expect((await world.listing('103')).source).toEqual({
    ...listing,
    interior_visual_features: 'white cabinets',
  });
});

test('what cannot be split is skipped, with its class, and stays as it is', async () => {
  const [noImages, notCached] = [document('104', []), document('105', ['a', 'b'])];
  await world.upload(noImages);
  await world.upload({ ...notCached, interior_visual_features: 'from elsewhere' });
  await world.cache('https://photos.test/105/a.jpg', 'I see no house.');
  const { answer } = await world.invoke({ zpids: ['104', '105', '106'] });
  expect(answer).toMatchObject({
    listings: [
      { zpid: '104', status: 'skipped', class: 'no_images' },
      { zpid: '105', status: 'skipped', class: 'no_cached_analyses' },
      { zpid: '106', status: 'skipped', class: 'gone' },
    ],
  });
  expect((await world.listing('104')).source).toEqual(noImages);
  expect((await world.listing('105')).source).toEqual({
    ...notCached,
    interior_visual_features: 'from elsewhere',
  });
});

test('of a batch of messages only the bad one is kept by the queue', async () => {
  await upload('107');
  await upload('108');
  const { answer, log } = await world.invoke({
    Records: [
      { messageId: 'good', body: '{"zpid": "107"}' },
      { messageId: 'bad', body: '{"zpid": ' },
      { messageId: 'good too', body: '{"zpids": ["108", "107"]}' },
    ],
  });
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'bad' }] });
  expect(log).toContain('message bad names no listing');
  for (const zpid of ['107', '108']) {
    expect((await world.listing(zpid)).source).toMatchObject(TEXTS);
  }
});

test('what others write between reading and writing a listing stays, and counts', async () => {
  await upload('109', { views: 0 });
  await world.cache('https://photos.test/109/pool.jpg', { image_type: 'aerial', features: ['Pool'] });
  let views = 0;
  const photo = { image_url: 'https://photos.test/109/pool.jpg' };
  const source = 'ctx._source.views += 1; ctx._source.image_vectors.add(params.photo)';
  const between = async () => {
    if (views === 3) return;
    views += 1;
    const script = { source, params: { photo } };
    await world.opensearch.update({ index: world.index, id: '109', body: { script } });
  };
  await using busy = await openBusyOpenSearch(between);
  const { answer } = await world.invoke({ zpid: '109' }, { OPENSEARCH_URL: busy.url });
  const fields = { ...TEXTS, amenities_visual_features: 'front porch, fireplace, swimming pool' };
  expect(answer).toEqual({ listings: [{ zpid: '109', status: 'written', fields }] });
  expect((await world.listing('109')).source).toMatchObject({ ...fields, views: 3 });
});

test('the split follows the options of the environment, so that it can be that of a backfill', async () => {
  await upload('110');
  const SPLIT_OPTIONS = JSON.stringify({ maxAmenities: 1, amenities: { counters: ['countertops'] } });
  await world.invoke({ zpid: '110' }, { SPLIT_OPTIONS });
  expect((await world.listing('110')).source).toMatchObject({
    exterior_visual_features: TEXTS.exterior_visual_features,
    amenities_visual_features: 'front porch',
  });
  expect((await world.listing('110')).source).not.toHaveProperty('interior_visual_features');
});

describe('requests to OpenSearch', () => {
  const asked: string[] = [];
  const elsewhere = createServer((request, response) => {
    asked.push(String(request.headers.authorization));
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end('{"docs": [{"_id": "1", "found": false}]}');
    request.resume();
  });
  beforeAll(() => once(elsewhere.listen(0, '127.0.0.1'), 'listening'));
  afterAll(() => elsewhere.close());

  test.each<[string, string, Record<string, string>, RegExp]>([
    ['are signed where that is asked for', '', { OPENSEARCH_AUTH: 'aws' }, SIGNED],
    ['carry the user and password of the address', 'me:secret@', {}, /^Basic bWU6c2VjcmV0$/],
  ])('%s', async (_, user, env, authorization) => {
    asked.length = 0;
    const { port } = elsewhere.address() as AddressInfo;
    const OPENSEARCH_URL = `http://${user}127.0.0.1:${port}`;
    const { answer } = await world.invoke({ zpid: '1' }, { ...env, OPENSEARCH_URL });
    expect(answer).toMatchObject({ listings: [{ class: 'gone' }] });
    expect(asked).toEqual([expect.stringMatching(authorization)]);
  });
});

test.each([
  ['OPENSEARCH_URL', ''],
  ['OPENSEARCH_AUTH', 'kerberos'],
  ['SPLIT_OPTIONS', '{"maxInterior": "many"}'],
  ['SPLIT_OPTIONS', '{'],
])('a function whose %s is "%s" says so', async (name, value) => {
  const { error } = await world.invoke({ zpid: '1' }, { [name]: value });
  expect(error).toContain(`environment variable ${name}`);
});

test('an event that names no listing, and a store that refuses, fail the invocation', async () => {
  expect((await world.invoke({ hello: 'world' })).error).toContain('send {"zpid": "123"}');
  await upload('111');
  const { error } = await world.invoke({ zpid: '111' }, { VISION_CACHE_TABLE: 'no-such-table' });
  expect(error).toMatch(/1 of 1 listings failed, 111 first: .+ Invoke it again/);
});
