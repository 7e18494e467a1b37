/** SQL: the number under a key of a JSONB column; null where there is something else. */
export function numberAt(column: string, key: string): string {
  return `CASE WHEN jsonb_typeof(${column} -> '${key}') = 'number' THEN (${column} ->> '${key}')::numeric END`;
}
