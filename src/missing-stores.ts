import type { Config } from './config.ts';
import { unlessNoTable } from './known-runs.ts';
import type { OpenSurroundings } from './surroundings.ts';

/** What the first start adds for itself, in words for a person. Reads only. */
export async function missingStores(
  { postgres, ledger }: OpenSurroundings,
  { BACKFILL_LEDGER_TABLE }: Config,
): Promise<string[]> {
  const { rows } = await postgres.query(`SELECT to_regnamespace('temporal_backfill') IS NULL AS missing`);
  const journal = rows[0].missing ? ['schema temporal_backfill, the change journal'] : [];
  const table = [`DynamoDB table ${BACKFILL_LEDGER_TABLE}, the ledger of paid calls`];
  return [
    ...journal,
    ...(await unlessNoTable(
      ledger.runs.get('any').then(() => []),
      table,
    )),
  ];
}
