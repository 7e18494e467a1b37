import { describe, expect, test } from 'vitest';
import { slowReasons } from '../../src/slowness.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const RATES = { rekognition: { perSecond: 5 }, 'openai/gpt-4o': { perMinute: 500, tokensPerMinute: 30_000 } };

describe('why a run is slow', () => {
  test('says what workers said within half a minute, each reason once', () => {
    const slow = {
      a: { reasons: ['the replica lags 14 s'], at: NOW - 5_000 },
      b: { reasons: ['the replica lags 14 s', '9 sessions wait for a lock'], at: NOW - 29_000 },
      gone: { reasons: ['OpenSearch has a queue of 80'], at: NOW - 31_000 },
    };
    expect(slowReasons({ slow, settings: { rates: {} } }, [], NOW)).toEqual([
      'the replica lags 14 s',
      '9 sessions wait for a lock',
    ]);
  });

  test('names the account that was slowed down after throttling, and by how much', () => {
    const standings = [{ account: 'openai/gpt-4o', factor: 0.452, waitingMs: 100 }];
    expect(slowReasons({ slow: {}, settings: { rates: RATES } }, standings, NOW)).toEqual([
      'openai/gpt-4o slowed to 45 % after it throttled',
    ]);
  });

  test('names the limit that calls wait for', () => {
    const standings = [
      { account: 'rekognition', factor: 1, waitingMs: 120 },
      { account: 'openai/gpt-4o', factor: 1, waitingMs: 80 },
      { account: 'openai', factor: 1, waitingMs: 0 },
    ];
    expect(slowReasons({ slow: {}, settings: { rates: RATES } }, standings, NOW)).toEqual([
      'waits for the limit of rekognition (5/s)',
      'waits for the limit of openai/gpt-4o (500/min, 30,000 tokens/min)',
    ]);
  });
});
