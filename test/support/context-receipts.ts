import type { Pool } from 'pg';
import { receiptOf } from '../../src/stack/context/papers.ts';
import { insert } from '../../src/stack/sample/insert.ts';

/** Receipts that vehicles have at the start are far fewer. */
const FIRST_ADDED = 500;

/** Uploads so many more receipts for each vehicle, by number, as its owner would; again changes nothing. */
export async function addReceipts(postgres: Pool, added: ReadonlyMap<number, number>): Promise<void> {
  const rows = [...added].flatMap(([vehicle, count]) =>
    Array.from({ length: count }, (_, position) => receiptOf(vehicle, FIRST_ADDED + position)),
  );
  const client = await postgres.connect();
  await insert(client, 'receipts', rows).finally(() => client.release());
}
