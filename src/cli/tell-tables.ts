import type { VerifyTable } from '../backfills/define.ts';
import { exitCodeOfChecks } from './conclusion.ts';
import type { ExitCode } from './exit-codes.ts';
import { paintData, print, printJson, say } from './output.ts';
import { verifyTables, wholeTables } from './verify-tables.ts';

export interface Telling {
  json: boolean;
  /** Texts are to be read, not only seen. */
  whole?: boolean;
}

/** What a backfill tells of its data; a check that is not passed fails the command. */
export function tellTables(
  { name }: { name: string },
  tables: VerifyTable[],
  { json, whole }: Telling,
): ExitCode {
  const told = json ? '' : (whole ? wholeTables : verifyTables)(tables, paintData);
  if (json) printJson({ backfill: name, tables });
  else if (told) print(told);
  else say(`${name}: nothing to tell`);
  return exitCodeOfChecks(tables);
}
