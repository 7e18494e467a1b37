import { Client } from '@opensearch-project/opensearch';
import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws-v3';
import { clientOf } from './client-of.ts';

/** {@link clientOf}, for who surely needs one. */
export function openSearch(address: string): Client {
  return clientOf(address, () => ({ Client, AwsSigv4Signer }));
}
