/**
 * A store (the ledger, a database) did not do what it was told: it is down, overloaded, or refuses us. No
 * item is at fault, so the page is tried again as a whole.
 */
export class StoreFailure extends Error {
  override name = 'StoreFailure';

  constructor(store: string, cause: unknown) {
    super(`${store}: ${cause instanceof Error ? cause.message || cause.name : String(cause)}`, { cause });
  }
}

export function isStoreFailure(error: unknown): error is StoreFailure {
  return error instanceof StoreFailure;
}

/** Wraps what the operation throws. */
export async function inStore<T>(store: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw new StoreFailure(store, error);
  }
}
