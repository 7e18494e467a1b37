import type { Connection } from '@temporalio/client';

/** `IndexedValueType` of Temporal's API, which the client library does not export. */
const KEYWORD = 2;
const DOUBLE = 4;

export const SEARCH_ATTRIBUTES = {
  BackfillName: KEYWORD,
  BackfillStatus: KEYWORD,
  BackfillCostUsd: DOUBLE,
};

/** Adds our search attributes to the namespace. False where that is not allowed: runs go on without them. */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<boolean> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => !(name in (customAttributes ?? {})));
    if (missing.length === 0) return true;
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing),
    });
    return true;
  } catch {
    return false;
  }
}
