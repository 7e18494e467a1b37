import { createSlots } from '../../src/activities/slots.ts';
import { type PageOutcome, workPage } from '../../src/activities/work-page.ts';
import type { Surroundings } from '../../src/backfills/define.ts';
import { NO_COUNTS } from '../../src/domain/counts.ts';
import { createFailureWindow } from '../../src/domain/failure-window.ts';
import type { Scope } from '../../src/domain/page.ts';
import { newRunId } from '../../src/domain/run-id.ts';
import { DEFAULT_SETTINGS, type RunSettings } from '../../src/domain/settings.ts';
import { createGate, freshName, openGatedStores, type Stores } from './gated-stores.ts';
import { createTinyTable, tiny } from './tiny.ts';
import type { TinyProvider } from './tiny-provider.ts';

/** One run over one unit of tiny items, worked page by page without Temporal, by processes that may die. */
export interface PageWorld {
  runId: string;
  table: string;
  items: number;
  /** The witness: stores without a gate. */
  stores: Stores;
  /** Works the first page as a process of its own. */
  attempt(fence: number, gate?: ReturnType<typeof createGate>): Promise<PageOutcome>;
  close(): Promise<void>;
}

export async function createPageWorld(
  provider: TinyProvider,
  items: number,
  settings: Partial<RunSettings> = {},
): Promise<PageWorld> {
  const ledgerTable = await sharedLedgerTable();
  const table = freshName('tiny');
  const runId = newRunId();
  const stores = openGatedStores(ledgerTable, createGate());
  await createTinyTable(stores, table, 1, items);
  await stores.journal.openRun({ runId, backfill: 'tiny' });
  await stores.ledger.runs.create({
    runId,
    backfill: 'tiny',
    workflowId: 'none',
    selection: { only: 'missing', watermark: new Date().toISOString() },
    settings: {
      ...DEFAULT_SETTINGS,
      rates: {},
      concurrency: 3,
      options: { provider: provider.url, table },
      ...settings,
    },
    units: 1,
    counts: { ...NO_COUNTS, total: items },
    classes: {},
    createdAt: new Date().toISOString(),
  });
  await stores.ledger.runs.move(runId, 'running');
  const scope: Scope = {
    id: 'unit-000001',
    firstUnit: 'unit-000001',
    lastUnit: 'unit-000001',
    units: 1,
    items,
  };
  const opened: Stores[] = [stores];

  return {
    runId,
    table,
    items,
    stores,

    async attempt(fence, gate = createGate()) {
      const process = openGatedStores(ledgerTable, gate);
      opened.push(process);
      const run = await stores.ledger.runs.get(runId);
      if (!run) throw new Error('the run is gone');
      const surroundings = { postgres: process.postgres, journal: process.journal } as Surroundings;
      const options = { provider: provider.url, table, verifyFails: false };
      const backfill = tiny.open(surroundings, options);
      return workPage(
        {
          run,
          scope,
          claim: { runId, scope: scope.id, page: `${scope.id}/0`, fence },
          kind: { name: 'next', after: null, seen: 0 },
          attempt: 1,
        },
        {
          backfill,
          journal: process.journal,
          ledger: process.ledger,
          slots: createSlots(() => run.settings.concurrency),
          failures: createFailureWindow(),
          stop: new AbortController().signal,
        },
      );
    },

    async close() {
      // Processes that were killed hold broken connections, which never end in order.
      await stores.close();
      for (const one of opened.slice(1)) void one.close().catch(() => undefined);
    },
  };
}

let prepared: Promise<string> | undefined;

/** Made once: worlds differ by run and table. */
function sharedLedgerTable(): Promise<string> {
  prepared ??= (async () => {
    const name = freshName('ledger');
    const stores = openGatedStores(name, createGate());
    await stores.ledger.create();
    await stores.journal.migrate();
    await stores.close();
    return name;
  })();
  return prepared;
}
