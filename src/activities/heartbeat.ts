import { Context } from '@temporalio/activity';

const INTERVAL_MS = 1_000;

/** Says every second that this worker lives, so that another takes over soon after it has died. */
export async function withHeartbeat<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const beating = setInterval(() => context.heartbeat(), INTERVAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(beating);
  }
}
