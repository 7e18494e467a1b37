import type { PageClaim, Receipt, Scope } from '../domain/page.ts';
import { Fenced, type Journal, RunClosed } from '../stores/journal.ts';
import { type Deps, runOf } from './deps.ts';
import { claimOf, LAST_ATTEMPT } from './page-claim.ts';

export interface LostPageInput {
  runId: string;
  scope: Scope;
  page: number;
  incarnation: number;
}

/** `used`: the page's number must not be used again. */
export interface LostPage {
  receipt: Receipt | null;
  used: boolean;
}

/**
 * Books a page whose worker died and that nobody is to work again before a resume: so a paused run has its books
 * complete, and nothing is held that no call needs. Whoever still works on it finds itself replaced.
 */
export async function closeLostPage(deps: Deps, input: LostPageInput): Promise<LostPage> {
  const { ledger } = deps;
  const claim = claimOf({ ...input, attempt: LAST_ATTEMPT });
  const { holds, backfill } = await runOf(deps, claim.runId);
  const journal = deps.journalOf(backfill);
  if (!(claim.page in holds)) {
    const receipt = await journal.receipt(claim.runId, claim.page);
    return { receipt, used: receipt !== null };
  }
  const receipt = await claimed(journal, claim);
  if (receipt === 'no longer ours') return { receipt: null, used: false };
  await ledger.closePage(claim, receipt);
  return { receipt, used: true };
}

async function claimed(journal: Journal, claim: PageClaim): Promise<Receipt | null | 'no longer ours'> {
  try {
    return await journal.claim(claim);
  } catch (error) {
    if (error instanceof Fenced || error instanceof RunClosed) return 'no longer ours';
    throw error;
  }
}
