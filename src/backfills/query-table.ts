import type { Pool } from 'pg';
import type { VerifyTable } from './define.ts';

/** What a query answers, under the names of its columns. */
export async function queryTable(
  postgres: Pool,
  title: string,
  query: string,
  values: unknown[] = [],
): Promise<VerifyTable> {
  const { rows, fields } = await postgres.query<(string | number | null)[]>({
    text: query,
    values,
    rowMode: 'array',
  });
  return { title, columns: fields.map(({ name }) => name), rows };
}
