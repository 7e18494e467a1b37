import { Connection, isGrpcServiceError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';

/** Closed workflows can be read in the Web UI this long. */
const RETENTION = msToTs('7 days');

const ALREADY_EXISTS = 6;
const NOT_FOUND = 5;

/**
 * Asks every service behind the frontend, since a server that just started answers before they have found
 * one another, and makes the namespace.
 */
export async function temporalReady(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    await connection.withDeadline(Date.now() + 5_000, async () => {
      const { workflowService } = connection;
      await registerNamespace(connection, namespace);
      await workflowService.countWorkflowExecutions({ namespace });
      await workflowService.describeTaskQueue({ namespace, taskQueue: { name: 'stack' }, taskQueueType: 1 });
      await workflowService
        .describeWorkflowExecution({ namespace, execution: { workflowId: 'no-such-workflow' } })
        .catch(expecting(NOT_FOUND));
    });
  } finally {
    await connection.close();
  }
}

export async function temporalVersion(address: string): Promise<string> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    return String((await connection.workflowService.getSystemInfo({})).serverVersion);
  } finally {
    await connection.close();
  }
}

async function registerNamespace({ workflowService }: Connection, namespace: string): Promise<void> {
  await workflowService
    .registerNamespace({ namespace, workflowExecutionRetentionPeriod: RETENTION })
    .catch(expecting(ALREADY_EXISTS));
  const { config } = await workflowService.describeNamespace({ namespace });
  if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) < Number(RETENTION.seconds)) {
    await workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: RETENTION },
    });
  }
}

function expecting(code: number): (error: unknown) => void {
  return (error) => {
    if (!isGrpcServiceError(error) || error.code !== code) throw error;
  };
}
