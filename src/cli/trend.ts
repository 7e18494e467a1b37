import type { BackfillDefinition, Period } from '../backfills/define.ts';
import { BACKFILLS, definitionOf } from '../backfills/registry.ts';
import type { BackfillClient } from '../client.ts';
import { UsageError } from '../domain/failure.ts';
import { DEFAULT_SETTINGS } from '../domain/settings.ts';
import type { ExitCode } from './exit-codes.ts';
import { newestRun } from './per-backfill.ts';
import { tellTables } from './tell-tables.ts';
import { whichRun } from './which-run.ts';

/** The backfill's trend, with the options of its newest run. `named`: a backfill or one of its runs; default: that of the newest. */
export async function tellTrend(
  client: BackfillClient,
  named: string | undefined,
  { by, json }: { by: Period; json: boolean },
): Promise<ExitCode> {
  const definition = await definitionNamed(client, named);
  const options = await newestRun(client, { definition, options: {}, chosen: {} });
  const settings = { ...DEFAULT_SETTINGS, options };
  const backfill = client.surroundings.backfillOf({ backfill: definition.name, settings });
  if (!backfill.trend) throw hasNone(definition);
  return tellTables(definition, await backfill.trend(by), { json });
}

async function definitionNamed(
  client: BackfillClient,
  named: string | undefined,
): Promise<BackfillDefinition> {
  const known = BACKFILLS.find(({ name }) => name === named);
  return known ?? definitionOf((await whichRun(client, named)).backfill);
}

function hasNone({ name }: BackfillDefinition): UsageError {
  const others = BACKFILLS.filter(({ tells }) => tells?.includes('trend')).map((one) => one.name);
  return new UsageError(`${name} tells no trend`, `these do: ${others.join(', ')}`);
}
