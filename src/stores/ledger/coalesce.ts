/**
 * Gathers what is asked for within `waitMs`, or while the batch before is still under way, and does it in
 * one go. One batch at a time, in order. A batch that fails fails everybody in it.
 */
export function coalesce<In, Out>(
  flush: (batch: In[]) => Promise<Out[]>,
  { waitMs, maxBatch }: { waitMs: number; maxBatch: number },
): (item: In) => Promise<Out> {
  let queue: { item: In; resolve: (out: Out) => void; reject: (error: unknown) => void }[] = [];
  let running = false;

  async function drain(): Promise<void> {
    running = true;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    while (queue.length > 0) {
      const batch = queue.slice(0, maxBatch);
      queue = queue.slice(maxBatch);
      try {
        const results = await flush(batch.map(({ item }) => item));
        for (const [index, waiter] of batch.entries()) waiter.resolve(results[index] as Out);
      } catch (error) {
        for (const waiter of batch) waiter.reject(error);
      }
    }
    running = false;
  }

  return (item) =>
    new Promise<Out>((resolve, reject) => {
      queue.push({ item, resolve, reject });
      if (!running) void drain();
    });
}
