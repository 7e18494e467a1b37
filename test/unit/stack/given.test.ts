import { describe, expect, test } from 'vitest';
import { givenServices, PARTS } from '../../../src/stack/given.ts';

describe('an empty variable counts as not set', () => {
  test('so a copied .env that is not filled in names no service', () => {
    const empty = {
      TEMPORAL_ADDRESS: '',
      TEMPORAL_PROFILE: '',
      DATABASE_URL: '',
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
