import type { Config } from './config.ts';
import { unlessNoTable } from './known-runs.ts';
import type { OpenSurroundings } from './surroundings.ts';

/** What the first start of a backfill adds for itself, in words for a person. Reads only. */
export async function missingStores(
  { ledger, journalOf }: Pick<OpenSurroundings, 'ledger' | 'journalOf'>,
  { BACKFILL_LEDGER_TABLE }: Config,
  backfill: string,
): Promise<string[]> {
  const table = [`DynamoDB table ${BACKFILL_LEDGER_TABLE}, the ledger of paid calls`];
  return [
    ...(await journalOf(backfill).missing()),
    ...(await unlessNoTable(
      ledger.runs.get('any').then(() => []),
      table,
    )),
  ];
}
