/**
 * Configuration of the embedded Temporal server and its Web UI. Written as JSON, which every YAML parser
 * reads. Paths are relative to the server's folder: the SQLite driver takes `?` and `%` in a path for its own.
 */
export const TEMPORAL_PORTS = [
  'temporal',
  'temporal-ui',
  ...['frontend-membership', 'matching', 'matching-membership', 'history', 'history-membership'].map(
    ofTemporal,
  ),
  ...['worker', 'worker-membership'].map(ofTemporal),
];

/** Development suits: new search attributes count at once, one partition per queue, caches of moderate size. */
export const DYNAMIC_CONFIG = {
  'system.forceSearchAttributesCacheRefreshOnRead': true,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  'history.hostLevelCacheMaxSize': 8192,
  'limit.maxIDLength': 255,
} as const;

export function dynamicConfigFile(): string {
  const entries = Object.entries(DYNAMIC_CONFIG).map(([key, value]) => [key, [{ value }]]);
  return JSON.stringify(Object.fromEntries(entries), null, 2);
}

export function serverConfigFile(ports: Record<string, number>): string {
  const service = (port: string, membership: string) => ({
    rpc: { grpcPort: ports[port], membershipPort: ports[ofTemporal(membership)], bindOnLocalHost: true },
  });
  return JSON.stringify(
    {
      log: { stdout: true, level: 'warn' },
      persistence: {
        defaultStore: 'sqlite',
        visibilityStore: 'sqlite',
        numHistoryShards: 1,
        datastores: { sqlite: { sql: SQLITE } },
      },
      global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
      services: {
        frontend: service('temporal', 'frontend-membership'),
        matching: service(ofTemporal('matching'), 'matching-membership'),
        history: service(ofTemporal('history'), 'history-membership'),
        worker: service(ofTemporal('worker'), 'worker-membership'),
      },
      clusterMetadata: {
        enableGlobalNamespace: false,
        failoverVersionIncrement: 10,
        masterClusterName: 'active',
        currentClusterName: 'active',
        clusterInformation: {
          active: {
            enabled: true,
            initialFailoverVersion: 1,
            rpcName: 'frontend',
            rpcAddress: `127.0.0.1:${ports.temporal}`,
          },
        },
      },
      dcRedirectionPolicy: { policy: 'noop' },
      dynamicConfigClient: { filepath: 'dynamic-config.yaml', pollInterval: '60s' },
    },
    null,
    2,
  );
}

export function uiConfigFile(ports: Record<string, number>): string {
  return JSON.stringify(
    {
      temporalGrpcAddress: `127.0.0.1:${ports.temporal}`,
      host: '127.0.0.1',
      port: ports['temporal-ui'],
      enableUi: true,
      defaultNamespace: 'default',
      disableNewsFetch: true,
    },
    null,
    2,
  );
}

/**
 * A write-ahead log with `synchronous: 1` loses nothing when the server is killed; when the machine loses
 * power, the last moments may be gone, as in the other embedded stores.
 */
const SQLITE = {
  pluginName: 'sqlite',
  databaseName: 'temporal.db',
  connectAddr: 'localhost',
  connectProtocol: 'tcp',
  connectAttributes: { mode: 'rwc', cache: 'private', setup: 'true', journal_mode: 'wal', synchronous: '1' },
  maxConns: 1,
  maxIdleConns: 1,
  maxConnLifetime: '1h',
};

function ofTemporal(name: string): string {
  return `temporal-${name}`;
}
