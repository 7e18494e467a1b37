import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { UsageError } from '../../domain/failure.ts';
import type { Asked, Signature, ThreadData, Told } from './inference-thread.ts';

/** Models in threads of their own. */
export interface Inference<Role extends string> {
  signatures: Record<Role, Signature>;
  /** `rows` holds one or more inputs of `shape`; it is handed over, and empty afterwards. One result per input. */
  run(role: Role, rows: Float32Array<ArrayBuffer>, shape: readonly number[]): Promise<Float32Array>;
  close(): Promise<void>;
}

interface Waiting {
  resolve(results: Float32Array): void;
  reject(error: Error): void;
}

/**
 * Each has the models for itself, and half of the cores: while one waits for the slowest of its cores, the other one
 * works. A third would cost memory and bring no more.
 */
const THREADS = Math.min(2, availableParallelism());

/** Throws UsageError, with the hint, when a file is no model that can be loaded. */
export async function startInference<Role extends string>(
  files: Record<Role, string>,
  hint: string,
): Promise<Inference<Role>> {
  const cores = Math.ceil(availableParallelism() / THREADS);
  const starts = await Promise.allSettled(
    Array.from({ length: THREADS }, () => startThread<Role>({ files, cores }, hint)),
  );
  const threads = starts.flatMap((start) => (start.status === 'fulfilled' ? start.value : []));
  const close = async () => void (await Promise.all(threads.map((thread) => thread.close())));
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed) {
    await close();
    throw failed.reason;
  }
  const idlest = () => threads.reduce((one, other) => (other.waiting() < one.waiting() ? other : one));
  return {
    signatures: (threads[0] as InferenceThread<Role>).signatures,
    run: (...asked) => idlest().run(...asked),
    close,
  };
}

interface InferenceThread<Role extends string> extends Inference<Role> {
  /** Questions that are not answered yet. */
  waiting(): number;
}

async function startThread<Role extends string>(
  data: ThreadData,
  hint: string,
): Promise<InferenceThread<Role>> {
  const thread = new Worker(new URL('./inference-thread.ts', import.meta.url), { workerData: data });
  const [told] = (await once(thread, 'message')) as [Told];
  if ('unloadable' in told) {
    await thread.terminate();
    throw new UsageError(
      `${data.files[told.unloadable]} is no ONNX model that can be loaded: ${told.why}`,
      hint,
    );
  }
  if (!('loaded' in told)) throw new Error('the inference thread answered before it had loaded its models');
  const { ask, waiting, closed } = conversation(thread);
  return {
    signatures: told.loaded as Record<Role, Signature>,
    run: ask,
    waiting,
    close: async () => {
      thread.ref();
      thread.postMessage('close');
      await closed;
    },
  };
}

/** The process lives on for the thread only while an answer is awaited. */
function conversation(thread: Worker) {
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  let ended: Error | null = null;
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const end = (error: Error) => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
    close();
  };
  thread.unref();
  thread.on('error', (cause) => end(new Error('the inference thread broke down', { cause })));
  thread.on('exit', () => end(new Error('the models are closed')));
  thread.on('message', (told: Told) => {
    if (!('id' in told)) return;
    const waiter = waiting.get(told.id);
    waiting.delete(told.id);
    if (waiting.size === 0) thread.unref();
    if ('error' in told) waiter?.reject(new Error(told.error));
    else waiter?.resolve(told.results);
  });
  const ask: Inference<string>['run'] = (role, rows, shape) =>
    new Promise((resolve, reject) => {
      if (ended !== null) throw ended;
      const id = asked++;
      waiting.set(id, { resolve, reject });
      thread.ref();
      thread.postMessage({ id, role, rows, shape } satisfies Asked, [rows.buffer]);
    });
  return { ask, closed, waiting: () => waiting.size };
}
