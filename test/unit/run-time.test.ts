import { describe, expect, test } from 'vitest';
import { runTime } from '../../src/domain/run-time.ts';

const MORNING = Date.UTC(2026, 5, 1, 6);
const HOUR = 3_600_000;
const calls = (account: string, amount: number, tokens = 0) => ({ account, calls: amount, tokens });

describe('the time that rates allow', () => {
  test('is that of the account that takes longest', () => {
    const loads = [calls('rekognition/DetectLabels', 1_000), calls('openai/gpt-4o', 1_000)];
    const rates = { rekognition: { perSecond: 5 }, openai: { perMinute: 30 } };
    expect(runTime(loads, rates, null, MORNING)).toEqual({ ms: 2_000_000, slowest: 'openai' });
  });

  test('counts tokens where they are the tighter limit', () => {
    const loads = [calls('openai/gpt-4o', 100, 300_000)];
    const rates = { 'openai/gpt-4o': { perMinute: 1_000, tokensPerMinute: 30_000 } };
    expect(runTime(loads, rates, null, MORNING)).toEqual({ ms: 600_000, slowest: 'openai/gpt-4o' });
  });

  test("adds up all models for a provider's limit, and takes no account for another with a longer name", () => {
    const loads = [calls('openai/gpt-4o', 60), calls('openai/gpt-4o-mini', 60)];
    expect(runTime(loads, { openai: { perSecond: 1 } }, null, MORNING).ms).toBe(120_000);
    expect(runTime(loads, { 'openai/gpt-4o': { perSecond: 1 } }, null, MORNING).ms).toBe(60_000);
  });

  test('waits for day quotas to renew, which they do at midnight UTC', () => {
    const loads = [calls('openai/gpt-4o', 2_500)];
    expect(runTime(loads, { openai: { perDay: 1_000 } }, null, MORNING).ms).toBe(42 * HOUR);
    expect(runTime(loads, { openai: { perDay: 2_500 } }, null, MORNING).ms).toBe(0);
  });

  test('passes in the open hours alone', () => {
    const loads = [calls('openai/gpt-4o', 3_600 * 10)];
    const hours = { from: 22 * 60, to: 6 * 60, timeZone: 'UTC' };
    // From six in the morning: closed until 22, eight hours of the night, closed again, two more hours.
    expect(runTime(loads, { openai: { perSecond: 1 } }, hours, MORNING).ms).toBe((16 + 8 + 16 + 2) * HOUR);
  });

  test('is unknown where nothing limits', () => {
    expect(runTime([calls('openai/gpt-4o', 10)], { openai: {} }, null, MORNING)).toEqual({
      ms: null,
      slowest: null,
    });
    expect(runTime([calls('openai/gpt-4o', 0)], { openai: { perDay: 1 } }, null, MORNING).ms).toBe(null);
  });
});
