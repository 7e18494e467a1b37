import { UsageError } from '../domain/failure.ts';
import { folderFailure } from './data-folder.ts';
import type { Part } from './given.ts';
import { portNames, serversOf } from './parts.ts';
import { choosePorts } from './ports.ts';
import { type RunningServer, type Server, type Surroundings, startServer } from './server.ts';

export interface PartsWanted {
  parts: readonly Part[];
  /** Those of the parts without which the others start all the same. */
  optional: readonly Part[];
  /** Where each server is entered as soon as it has a process. */
  running: Map<string, RunningServer>;
  /** Hears of each change in `running`. */
  onChange: () => Promise<void>;
  /** Calls off what still starts, once one has failed. */
  failed: AbortController;
}

/** Starts all parts side by side. Throws the first failure of one that is not optional. */
export async function startParts(wanted: PartsWanted, surroundings: Surroundings): Promise<void> {
  const { parts, optional, running, onChange, failed } = wanted;
  const ports = await choosePorts(surroundings.dataDir, parts.flatMap(portNames));
  const onStart = async (server: RunningServer) => {
    running.set(server.name, server);
    await onChange();
  };
  const start = async (part: Part) => {
    const servers = await serversOf(part, surroundings, ports);
    const started = (server: Server) => startServer(server, surroundings, onStart);
    if (optional.includes(part)) await orNone(servers, started);
    else await allOrNone(servers.map(started), failed);
  };
  const orNone = async (servers: Server[], started: (server: Server) => Promise<RunningServer>) => {
    const outcomes = await Promise.allSettled(servers.map(started));
    const failure = outcomes.find((one) => one.status === 'rejected');
    if (!failure) return;
    for (const { name } of servers) {
      await running.get(name)?.stop();
      running.delete(name);
    }
    await onChange();
    throw failure.reason;
  };
  await allOrNone(
    parts.map((part) => (optional.includes(part) ? startOrSay(part, start, surroundings) : start(part))),
    failed,
  );
}

async function startOrSay(
  part: Part,
  start: (part: Part) => Promise<void>,
  { dataDir, say, signal }: Surroundings,
): Promise<void> {
  try {
    await start(part);
  } catch (error) {
    const failure = folderFailure(dataDir, error);
    if (signal.aborted || !(failure instanceof UsageError)) throw error;
    say(`${part} is left out; the rest goes on. ${failure.message}\n${failure.hint}`);
  }
}

/** Resolves when all have; when one fails, calls the others off, waits for them, and throws that failure. */
async function allOrNone(work: Promise<unknown>[], failed: AbortController): Promise<void> {
  const first = Promise.all(work).then(
    () => null,
    (error: unknown) => ({ error }),
  );
  const failure = await first;
  if (!failure) return;
  failed.abort(failure.error);
  await Promise.allSettled(work);
  throw failure.error;
}
