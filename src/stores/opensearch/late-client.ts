import { createRequire } from 'node:module';
import type { Client } from '@opensearch-project/opensearch';
import { clientOf, type Library } from './client-of.ts';

const read = createRequire(import.meta.url);

/** {@link clientOf}, for who may never need one: the library's hundreds of modules are read when a client is opened. */
export function openSearchLate(address: string): Client {
  return clientOf(address, () => ({
    ...(read('@opensearch-project/opensearch') as Library),
    ...(read('@opensearch-project/opensearch/aws-v3') as Library),
  }));
}
