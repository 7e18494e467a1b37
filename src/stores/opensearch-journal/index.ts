import type { Client } from '@opensearch-project/opensearch';
import type { OpenSearchJournal } from './journal.ts';
export function createOpenSearchJournal(_client: Client): OpenSearchJournal {
  throw new Error('being written');
}
