import type { PaidCall } from '../../src/domain/call.ts';
import { NO_COUNTS } from '../../src/domain/counts.ts';
import { CallFailure, ItemFailure, RunPaused, UnusableAnswer } from '../../src/domain/failure.ts';
import type { PageClaim, Receipt } from '../../src/domain/page.ts';
import { Fenced, type Journal, RunClosed } from '../../src/stores/journal.ts';
import type { Ledger } from '../../src/stores/ledger/ledger.ts';
import { isStoreFailure } from '../../src/stores/store-failure.ts';

/** What the ledger needs of a journal: claims and receipts. */
export type Receipts = Pick<Journal, 'claim' | 'receipt' | 'closeRun'> & {
  commit(claim: PageClaim, receipt: Receipt): Promise<Receipt>;
};

export function createReceipts(): Receipts {
  const fences = new Map<string, number>();
  const receipts = new Map<string, Receipt>();
  const closed = new Set<string>();
  const key = ({ runId, page }: Pick<PageClaim, 'runId' | 'page'>) => `${runId}/${page}`;
  return {
    async claim(claim) {
      if (closed.has(claim.runId)) throw new RunClosed('closed');
      if (claim.fence < (fences.get(key(claim)) ?? 0)) throw new Fenced('claimed by a newer attempt');
      fences.set(key(claim), claim.fence);
      return receipts.get(key(claim)) ?? null;
    },
    async commit(claim, receipt) {
      if (closed.has(claim.runId)) throw new RunClosed('closed');
      if (claim.fence !== fences.get(key(claim))) throw new Fenced('claimed by a newer attempt');
      if (!receipts.has(key(claim))) receipts.set(key(claim), receipt);
      return receipts.get(key(claim)) as Receipt;
    },
    receipt: async (runId, page) => receipts.get(key({ runId, page })) ?? null,
    closeRun: async (runId) => {
      closed.add(runId);
    },
  };
}

/** Works a page as the page activity does; each item asks its questions one after another. */
export async function workPage(
  claim: PageClaim,
  items: (() => PaidCall<string>)[][],
  { ledger, receipts }: { ledger: Ledger; receipts: Receipts },
): Promise<void> {
  const finished = await receipts.claim(claim);
  if (finished) return void (await ledger.closePage(claim, finished));
  const calls = await ledger.openPage(claim);
  if (!calls) return;
  const halted = new AbortController();
  let broken: { error: unknown } | undefined;
  let written = 0;
  let failed = 0;
  await Promise.all(
    items.map(async (questions, n) => {
      try {
        for (const question of questions) await calls.askFor(`${claim.page} ${n}`, halted.signal)(question());
        written += 1;
      } catch (error) {
        if (isOfItem(error)) failed += 1;
        else {
          if (!(error instanceof RunPaused)) broken ??= { error };
          halted.abort(error);
        }
      }
    }),
  );
  if (broken) throw broken.error;
  await calls.close(
    await receipts.commit(claim, {
      counts: { ...NO_COUNTS, written, failed },
      classes: failed > 0 ? { 'call-unknown': failed } : {},
      hold: calls.hold,
      position: null,
      done: true,
      read: items.length,
      waiting: { items: items.length - written - failed, nextDueAt: null },
    }),
  );
}

function isOfItem(error: unknown): boolean {
  return error instanceof ItemFailure || error instanceof CallFailure || error instanceof UnusableAnswer;
}

/** What an attempt may end with: it was replaced, the run is over, or a request broke. */
export function isOrdinaryEnd(error: unknown): boolean {
  if (error instanceof Fenced || error instanceof RunClosed) return true;
  return isStoreFailure(error) && /no connection|connection reset/.test(error.message);
}
