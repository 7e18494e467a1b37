import type { Client } from '@opensearch-project/opensearch';
import type { OpenSearchJournal } from '../opensearch-journal/journal.ts';

/** One OpenSearch server: what a backfill reads and writes there, and the journal of it. */
export interface OpenSearchStore {
  client: Client;
  journal: OpenSearchJournal;
}
