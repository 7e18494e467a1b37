import { ItemFailure } from '../domain/failure.ts';

interface Host {
  busy: number;
  /** In order of arrival. */
  readonly waiting: Set<() => void>;
}

/**
 * Bounds how many downloads from one host go on at once. Who waits longer than `patienceMs` is sent away with ItemFailure
 * `image-host-busy`, to come later: else those who wait for a slow host would be all that is in work.
 */
export class HostSlots {
  readonly #size: number;
  readonly #patienceMs: number;
  readonly #hosts = new Map<string, Host>();

  constructor(size: number, patienceMs: number) {
    this.#size = size;
    this.#patienceMs = patienceMs;
  }

  /** Resolves with what gives the slot back. */
  async take(name: string): Promise<() => void> {
    const host = this.#hosts.get(name) ?? { busy: 0, waiting: new Set() };
    this.#hosts.set(name, host);
    if (host.busy < this.#size) host.busy += 1;
    else await this.#turn(name, host);
    return () => this.#leave(name, host);
  }

  #turn(name: string, { waiting }: Host): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(enter);
        const seconds = this.#patienceMs / 1_000;
        const why = `${name} had ${this.#size} downloads under way, the most at once, for ${seconds} s`;
        reject(new ItemFailure('image-host-busy', why));
      }, this.#patienceMs);
      waiting.add(enter);
    });
  }

  /** The next one takes the slot over. */
  #leave(name: string, host: Host): void {
    const [next] = host.waiting;
    if (next) {
      host.waiting.delete(next);
      next();
      return;
    }
    host.busy -= 1;
    if (host.busy === 0) this.#hosts.delete(name);
  }
}
