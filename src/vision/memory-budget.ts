/** Bytes shared by tasks of different sizes: a task starts when its bytes are free, in order of arrival. */
export class MemoryBudget {
  readonly #capacity: number;
  #free: number;
  readonly #queue: { bytes: number; start: () => void }[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#free = capacity;
  }

  /** A task that needs more than there is at all runs alone. */
  async spend<T>(bytes: number, task: () => Promise<T>): Promise<T> {
    const share = Math.min(bytes, this.#capacity);
    await this.#take(share);
    try {
      return await task();
    } finally {
      this.#free += share;
      this.#startWaiting();
    }
  }

  async #take(bytes: number): Promise<void> {
    if (this.#queue.length === 0 && bytes <= this.#free) {
      this.#free -= bytes;
      return;
    }
    await new Promise<void>((start) => this.#queue.push({ bytes, start }));
  }

  #startWaiting(): void {
    for (
      let first = this.#queue[0];
      first !== undefined && first.bytes <= this.#free;
      first = this.#queue[0]
    ) {
      this.#queue.shift();
      this.#free -= first.bytes;
      first.start();
    }
  }
}
