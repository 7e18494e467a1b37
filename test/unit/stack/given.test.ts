import { describe, expect, test } from 'vitest';
import { givenServices, PARTS, withoutSecrets } from '../../../src/stack/given.ts';

describe('an empty variable counts as not set', () => {
  test('so a copied .env that is not filled in names no service', () => {
    const empty = {
      TEMPORAL_ADDRESS: '',
      TEMPORAL_PROFILE: '',
      DATABASE_URL: '',
      OPENSEARCH_URL: '',
      AWS_ENDPOINT_URL_DYNAMODB: '',
      AWS_REGION: '',
      AWS_ACCESS_KEY_ID: '',
      OPENAI_BASE_URL: '',
      OPENAI_API_KEY: '',
    };
    expect(givenServices(empty, PARTS)).toEqual({ env: {}, services: [] });
  });

  test('and does not hide another one that is set', () => {
    const half = {
      TEMPORAL_ADDRESS: '',
      TEMPORAL_PROFILE: 'cloud',
      AWS_ENDPOINT_URL_DYNAMODB: '',
      AWS_REGION: '',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_PROFILE: 'work',
      OPENAI_BASE_URL: '',
      OPENAI_API_KEY: 'sk-mine',
    };
    expect(givenServices(half, PARTS).services.map(({ address }) => address)).toEqual([
      'profile cloud',
      'AWS eu-west-1',
      'https://api.openai.com/v1',
    ]);
  });
});

test('what is written to disk of the given services holds no password', () => {
  const given = {
    TEMPORAL_ADDRESS: 'temporal.example:7233',
    DATABASE_URL: 'postgres://db.example/shop',
    OPENSEARCH_URL: 'https://ann:s3cret@search.example/',
    OPENAI_API_KEY: 'sk-mine',
  };
  expect(withoutSecrets(given)).toEqual({ TEMPORAL_ADDRESS: 'temporal.example:7233' });
  const open = { OPENSEARCH_URL: 'http://search.example:9200' };
  expect(withoutSecrets(open)).toEqual(open);
});
