import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { type OpenSurroundings, openSurroundings } from '../../src/surroundings.ts';

let folder: string;
let photo: string;
let authorizations: string[];
let surroundings: OpenSurroundings;

/** Stands where Amazon's Rekognition would be: not started by our stack. */
const elsewhere = createServer((request, response) => {
  authorizations.push(String(request.headers.authorization));
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{"Labels":[]}');
  request.resume();
});

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'aws-identity-'));
  photo = pathToFileURL(path.join(folder, 'photo.jpg')).href;
  const pixels = { create: { width: 80, height: 80, channels: 3, background: 'red' } } as const;
  await sharp(pixels).jpeg().toFile(path.join(folder, 'photo.jpg'));
  await writeFile(
    path.join(folder, 'credentials'),
    '[default]\naws_access_key_id = MINE\naws_secret_access_key = x\n',
  );
  await writeFile(path.join(folder, 'config'), '[default]\nregion = eu-west-1\n');
  await once(elsewhere.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  elsewhere.closeAllConnections();
  elsewhere.close();
  await rm(folder, { recursive: true });
});

beforeEach(() => {
  authorizations = [];
  for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', path.join(folder, 'nothing'));
  vi.stubEnv('AWS_CONFIG_FILE', path.join(folder, 'nothing'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('IMAGE_ALLOW_PRIVATE', photo);
});
afterEach(async () => {
  await surroundings.close();
  vi.unstubAllEnvs();
});

test('embedded servers need neither region nor credentials', async () => {
  surroundings = openSurroundings(readConfig());
  await surroundings.ledger.create();
  expect(await labels()).toMatchObject({ body: { labels: expect.any(Array) } });
});

test('beside an embedded ledger, Rekognition is asked as the default profile, in its region', async () => {
  givenRekognition();
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', path.join(folder, 'credentials'));
  vi.stubEnv('AWS_CONFIG_FILE', path.join(folder, 'config'));
  surroundings = openSurroundings(readConfig());
  await surroundings.ledger.create();
  await labels();
  expect(authorizations).toEqual([expect.stringMatching(/Credential=MINE\/\d+\/eu-west-1\/rekognition\//)]);
});

test('AWS_DEFAULT_REGION counts where there is no AWS_REGION', async () => {
  givenRekognition();
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', path.join(folder, 'credentials'));
  vi.stubEnv('AWS_DEFAULT_REGION', 'eu-north-1');
  surroundings = openSurroundings(readConfig());
  await labels();
  expect(authorizations).toEqual([expect.stringContaining('/eu-north-1/rekognition/')]);
});

function givenRekognition(): void {
  const { port } = elsewhere.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL_REKOGNITION', `http://127.0.0.1:${port}`);
}

async function labels() {
  const { vision } = surroundings;
  const call = await vision.labels(await vision.load(photo)).prepare();
  return call.send(AbortSignal.timeout(10_000));
}
