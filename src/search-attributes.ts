import type { Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

const { INDEXED_VALUE_TYPE_KEYWORD, INDEXED_VALUE_TYPE_DOUBLE } = temporal.api.enums.v1.IndexedValueType;

export const SEARCH_ATTRIBUTES = {
  BackfillName: INDEXED_VALUE_TYPE_KEYWORD,
  BackfillStatus: INDEXED_VALUE_TYPE_KEYWORD,
  BackfillCostUsd: INDEXED_VALUE_TYPE_DOUBLE,
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
