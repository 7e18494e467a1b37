/** Bounds how many items are in work at once. Waiters are served in order. */
export interface Slots {
  acquire(): Promise<void>;
  release(): void;
}

/**
 * `size` is asked for whenever a slot is taken or given back. Where it has shrunk, what is in work goes on to its
 * end; where it has grown, the next release admits several. It counts as 1 at least: a waiter always has
 * somebody before it who will release.
 */
export function createSlots(size: () => number): Slots {
  const waiting: (() => void)[] = [];
  let inWork = 0;

  function admit(): void {
    const room = Math.max(1, size()) - inWork;
    for (const enter of waiting.splice(0, Math.max(0, room))) {
      inWork += 1;
      enter();
    }
  }

  return {
    acquire: () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
        admit();
      }),
    release() {
      inWork -= 1;
      admit();
    },
  };
}
