import type { Provider } from '../../domain/call.ts';

export interface Purchase {
  provider: Provider;
  operation: string;
  model: string;
  /** `photo:123` where the picture carries a number, else `bytes:<sha-256>`. */
  content: string;
  nanodollars: number;
}

export interface BillLine {
  operation: string;
  content: string;
  times: number;
}

/** What has been charged, by operation and content: the independent witness in questions of money. */
export class Bill {
  #times = new Map<string, { line: BillLine; model: string }>();
  #operations = new Map<string, { provider: Provider; billedCalls: number; nanodollars: number }>();
  #documentsAppraised = 0;

  charge(purchase: Purchase): void {
    const key = `${purchase.operation}\n${purchase.content}\n${purchase.model}`;
    const entry = this.#times.get(key);
    if (entry) entry.line.times += 1;
    else
      this.#times.set(key, {
        line: { operation: purchase.operation, content: purchase.content, times: 1 },
        model: purchase.model,
      });
    const operation = this.#operations.get(purchase.operation);
    if (operation) {
      operation.billedCalls += 1;
      operation.nanodollars += purchase.nanodollars;
    } else {
      const { provider, nanodollars } = purchase;
      this.#operations.set(purchase.operation, { provider, billedCalls: 1, nanodollars });
    }
  }

  noteDocumentAppraised(): void {
    this.#documentsAppraised += 1;
  }

  total() {
    const operations = [...this.#operations];
    const sum = (of: 'billedCalls' | 'nanodollars') => operations.reduce((all, [, one]) => all + one[of], 0);
    return {
      billedCalls: sum('billedCalls'),
      costUsd: sum('nanodollars') / 1e9,
      documentsAppraised: this.#documentsAppraised,
      byOperation: Object.fromEntries(
        operations.map(([name, { provider, billedCalls, nanodollars }]) => [
          name,
          { provider, billedCalls, costUsd: nanodollars / 1e9 },
        ]),
      ),
      repeats: this.#repeats(),
    };
  }

  byContent(): (BillLine & { model: string })[] {
    return [...this.#times.values()].map(({ line, model }) => ({ ...line, model }));
  }

  /** Billed more than once, whichever the model. */
  #repeats(): BillLine[] {
    const sums = new Map<string, BillLine>();
    for (const { line } of this.#times.values()) {
      const key = `${line.operation}\n${line.content}`;
      const sum = sums.get(key);
      if (sum) sum.times += line.times;
      else sums.set(key, { ...line });
    }
    return [...sums.values()].filter(({ times }) => times > 1);
  }
}
