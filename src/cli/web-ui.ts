import type { Config } from '../config.ts';
import type { Run } from '../domain/run.ts';
import { temporalOptions } from '../temporal.ts';

/** The run's page in the Temporal Web UI; undefined where nobody told us of one. */
export function webUiOf(config: Config, { workflowId }: Pick<Run, 'workflowId'>): string | undefined {
  if (!config.TEMPORAL_UI_URL) return undefined;
  const { namespace } = temporalOptions(config);
  const path = `/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
  return new URL(path, config.TEMPORAL_UI_URL).href;
}
