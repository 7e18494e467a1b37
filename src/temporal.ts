import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Config } from './config.ts';

/** Address, namespace and connection options, from variables or a profile of Temporal's own configuration file. */
export function temporalOptions(config: Config) {
  const loaded = loadClientConnectConfig({
    ...(config.TEMPORAL_PROFILE && { profile: config.TEMPORAL_PROFILE }),
    overrideEnvVars: {
      ...process.env,
      ...(config.TEMPORAL_ADDRESS && { TEMPORAL_ADDRESS: config.TEMPORAL_ADDRESS }),
    } as Record<string, string>,
  });
  const { address = '127.0.0.1:7233', ...connection } = loaded.connectionOptions;
  return { address, namespace: config.TEMPORAL_NAMESPACE ?? loaded.namespace ?? 'default', connection };
}
