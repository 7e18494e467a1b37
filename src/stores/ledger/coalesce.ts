/** A batch gathers for as long as the one before took, within these bounds: a busy store is asked less often. */
const SHORTEST_WAIT_MS = 2;
const LONGEST_WAIT_MS = 15;

/**
 * Gathers what is asked for within a few milliseconds, or while the batch before is still under way, and does
 * it in one go. One batch at a time, in order. A batch that fails fails everybody in it.
 */
export function coalesce<In, Out>(
  flush: (batch: In[]) => Promise<Out[]>,
  { maxBatch }: { maxBatch: number },
): (item: In) => Promise<Out> {
  let queue: { item: In; resolve: (out: Out) => void; reject: (error: unknown) => void }[] = [];
  let running = false;
  let lastTook = 0;

  async function drain(): Promise<void> {
    running = true;
    const wait = Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, lastTook));
    await new Promise((resolve) => setTimeout(resolve, wait));
    while (queue.length > 0) {
      const batch = queue.slice(0, maxBatch);
      queue = queue.slice(maxBatch);
      const began = performance.now();
      try {
        const results = await flush(batch.map(({ item }) => item));
        for (const [index, waiter] of batch.entries()) waiter.resolve(results[index] as Out);
      } catch (error) {
        for (const waiter of batch) waiter.reject(error);
      }
      lastTook = performance.now() - began;
    }
    running = false;
  }

  return (item) =>
    new Promise<Out>((resolve, reject) => {
      queue.push({ item, resolve, reject });
      if (!running) void drain();
    });
}
