import type { HostPace } from '../../domain/host-pace.ts';
import type { Rates } from '../../domain/settings.ts';
import type { LiveRuns } from './live-runs.ts';
import type { Pacer } from './pacer.ts';
import { notRunning } from './refusals.ts';

/** How soon who waits for a turn learns that the run is not running any more. */
const LOOK_MS = 500;

/** Keeps a run's requests to image hosts within its rates, over all workers. */
export function createHostPace(parts: { runId: string; live: LiveRuns; pacer: Pacer }): HostPace {
  const { runId, live, pacer } = parts;

  async function ratesOf(host: string): Promise<Rates> {
    const { rates } = (await live.get(runId)).settings;
    const limit = rates[`host/${host}`] ?? rates.host;
    return limit ? { [`host/${host}`]: limit } : {};
  }

  return {
    async turn(host) {
      const stopped = new AbortController();
      const watching = setInterval(async () => {
        const run = await live.get(runId).catch(() => undefined);
        if (run && run.state !== 'running') stopped.abort(notRunning(run));
      }, LOOK_MS);
      try {
        (await pacer.turn([`host/${host}`], () => ratesOf(host), 0, stopped.signal)).sent();
      } finally {
        clearInterval(watching);
      }
    },

    async throttled(host, waitMs) {
      const fate = { slots: {}, throttled: true, waitMs };
      await pacer.fared([`host/${host}`], await ratesOf(host), fate);
    },
  };
}
