import type * as OpenSearch from '@opensearch-project/opensearch';
import type * as Signing from '@opensearch-project/opensearch/aws-v3';
import { UsageError } from '../../domain/failure.ts';

/** What of the library a client is made with. */
export type Library = Pick<typeof OpenSearch, 'Client'> & Pick<typeof Signing, 'AwsSigv4Signer'>;

/** `https://search-x.us-east-1.es.amazonaws.com`, and what serverless collections have. */
const AMAZON = /\.(?<region>[a-z0-9-]+)\.(?<service>es|aoss)\.amazonaws\.com$/;

/**
 * A client of the server at an address, which may hold a user and password. An address of Amazon's without them signs
 * its requests as the AWS credentials of this process say. Throws UsageError for what is no address.
 */
export function clientOf(address: string, library: () => Library): OpenSearch.Client {
  if (!URL.canParse(address))
    throw new UsageError('OPENSEARCH_URL is no URL', 'it looks like https://user:password@host:9200');
  const { hostname, username } = new URL(address);
  const amazon = AMAZON.exec(hostname)?.groups as { region: string; service: 'es' | 'aoss' } | undefined;
  const options: OpenSearch.ClientOptions = {
    node: address,
    // What fails is tried again where it is known whether that may be done twice; see patient.ts.
    maxRetries: 0,
    requestTimeout: 60_000,
  };
  const { Client, AwsSigv4Signer } = library();
  return new Client({ ...options, ...(amazon && !username && AwsSigv4Signer(amazon)) });
}
