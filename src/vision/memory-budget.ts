interface Waiting {
  bytes: number;
  owner: string | undefined;
  start: () => void;
}

/** Bytes shared by tasks of different sizes: a task starts when its bytes are free, in order of arrival. */
export class MemoryBudget {
  readonly #capacity: number;
  #free: number;
  readonly #owned = new Map<string, number>();
  #queue: Waiting[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#free = capacity;
  }

  /**
   * A task that needs more than there is at all runs alone. Tasks of one owner have half of it at most, and let those of others
   * pass that wait behind them.
   */
  async spend<T>(bytes: number, task: () => Promise<T>, owner?: string): Promise<T> {
    const share = Math.min(bytes, this.#most(owner));
    await new Promise<void>((start) => {
      this.#queue.push({ bytes: share, owner, start });
      this.#startWaiting();
    });
    try {
      return await task();
    } finally {
      this.#count(-share, owner);
      this.#startWaiting();
    }
  }

  #startWaiting(): void {
    const passedOver: Waiting[] = [];
    for (const [at, next] of this.#queue.entries()) {
      if (this.#ownedBy(next.owner) + next.bytes > this.#most(next.owner)) passedOver.push(next);
      else if (next.bytes > this.#free) {
        passedOver.push(...this.#queue.slice(at));
        break;
      } else {
        this.#count(next.bytes, next.owner);
        next.start();
      }
    }
    this.#queue = passedOver;
  }

  #most(owner: string | undefined): number {
    return owner === undefined ? this.#capacity : this.#capacity / 2;
  }

  #ownedBy(owner: string | undefined): number {
    return owner === undefined ? 0 : (this.#owned.get(owner) ?? 0);
  }

  #count(bytes: number, owner: string | undefined): void {
    this.#free -= bytes;
    if (owner === undefined) return;
    const owned = this.#ownedBy(owner) + bytes;
    if (owned === 0) this.#owned.delete(owner);
    else this.#owned.set(owner, owned);
  }
}
