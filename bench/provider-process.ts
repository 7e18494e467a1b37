import { fork } from 'node:child_process';
import { startTinyProvider } from '../test/support/tiny-provider.ts';

export interface ProviderProcess {
  url: string;
  pid: number;
  stop(): void;
}

/** The tiny provider in a process of its own, so that its work is not counted as ours. */
export async function startProviderProcess(): Promise<ProviderProcess> {
  const child = fork(import.meta.filename, { execArgv: [] });
  const url = await new Promise<string>((resolve) =>
    child.once('message', (message) => resolve(String(message))),
  );
  return { url, pid: child.pid ?? 0, stop: () => child.kill() };
}

if (import.meta.main) {
  const provider = await startTinyProvider();
  process.on('disconnect', () => process.exit());
  process.send?.(provider.url);
}
