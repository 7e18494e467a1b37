import type { Fault } from '../../src/stack/simulator/settings.ts';

/** The paid providers' own words about what they did and what they charge for it. */
export interface Simulator {
  set(settings: Settings): Promise<void>;
  reset(): Promise<void>;
  bill(): Promise<Bill>;
  /** What was charged, by operation and photo: `appraise_engine photo:1002` → how often. */
  purchases(): Promise<Map<string, number>>;
  calls(): Promise<Call[]>;
}

export interface Settings {
  latencyMs?: number;
  jitterMs?: number;
  seed?: number;
  faults?: (Partial<Fault> & Pick<Fault, 'kind'>)[];
  badKeys?: string[];
  retiredModels?: string[];
}

export interface Bill {
  billedCalls: number;
  costUsd: number;
  documentsAppraised: number;
  byOperation: Record<string, { provider: string; billedCalls: number; costUsd: number }>;
  repeats: { operation: string; content: string; times: number }[];
}

export interface Call {
  provider: 'openai' | 'rekognition';
  operation: string | null;
  content: string | null;
  fate: string;
  billed: boolean;
  costUsd: number;
}

export function openSimulator(address = process.env.SIMULATOR_URL): Simulator {
  async function ask<T>(path: string, settings?: object): Promise<T> {
    const request = settings === undefined ? {} : { method: 'POST', body: JSON.stringify(settings) };
    const response = await fetch(`${address}/_sim/${path}`, request);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  return {
    set: async (settings) => void (await ask('settings', settings)),
    reset: async () => void (await ask('reset', {})),
    bill: () => ask<Bill>('bill'),
    async purchases() {
      const { byContent } = await ask<{
        byContent: { operation: string; content: string; times: number }[];
      }>('bill?content=1');
      const times = new Map<string, number>();
      for (const line of byContent) {
        const key = `${line.operation} ${line.content}`;
        times.set(key, (times.get(key) ?? 0) + line.times);
      }
      return times;
    },
    calls: async () => (await ask<{ calls: Call[] }>('calls')).calls,
  };
}
