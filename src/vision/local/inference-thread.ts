import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/**
 * Runs models in a thread of its own: ONNX Runtime's binding for Node computes in the thread that asks, and for a
 * tenth of a second per image nothing else would happen there, neither heartbeats nor starting the next decoding.
 */
export interface ThreadData {
  /** Of the models, by their roles. */
  files: Record<string, string>;
  /** That one computation is spread over. */
  cores: number;
}

export interface Asked {
  id: number;
  role: string;
  /** Float32, one after the other, and the shape of one. */
  rows: Float32Array;
  shape: readonly number[];
}

export interface Signature {
  inputs: readonly InferenceSession.ValueMetadata[];
  outputs: readonly InferenceSession.ValueMetadata[];
}

export type Told =
  | { loaded: Record<string, Signature> }
  | { unloadable: string; why: string }
  | { id: number; results: Float32Array }
  | { id: number; error: string };

if (parentPort !== null) await serve(parentPort, workerData as ThreadData);

async function serve(port: NonNullable<typeof parentPort>, { files, cores }: ThreadData): Promise<void> {
  const tell = (told: Told, transfer: ArrayBuffer[] = []) => port.postMessage(told, transfer);
  const sessions = new Map<string, InferenceSession>();
  for (const [role, file] of Object.entries(files)) {
    try {
      sessions.set(role, await openSession(file, cores));
    } catch (error) {
      tell({ unloadable: role, why: messageOf(error) });
      return;
    }
  }
  // One call after the other, in the order of asking.
  let last: Promise<unknown> = Promise.resolve();
  port.on('message', (asked: Asked | 'close') => {
    last = last.then(() => (asked === 'close' ? close(port, sessions.values()) : answer(asked)));
  });
  tell({ loaded: Object.fromEntries([...sessions].map(([role, session]) => [role, signature(session)])) });

  async function answer({ id, role, rows, shape }: Asked): Promise<void> {
    try {
      const results = await runEach(sessions.get(role) as InferenceSession, rows, shape);
      tell({ id, results }, [results.buffer as ArrayBuffer]);
    } catch (error) {
      tell({ id, error: messageOf(error) });
    }
  }
}

function openSession(file: string, cores: number): Promise<InferenceSession> {
  return InferenceSession.create(file, {
    executionProviders: ['cpu'],
    intraOpNumThreads: cores,
    extra: {
      session: {
        // Threads that wait without sleeping take the time that decoding needs.
        intra_op: { allow_spinning: '0' },
        // Weights are arranged anew for the computation; so the arrangement of the file is given back (a third).
        use_device_allocator_for_initializers: '1',
      },
    },
    logSeverityLevel: 3,
  });
}

function signature({ inputMetadata, outputMetadata }: InferenceSession): Signature {
  return { inputs: inputMetadata, outputs: outputMetadata };
}

/**
 * Each row by itself, so that an image's numbers cannot depend on its neighbours: nothing promises that sums are
 * rounded alike in batches of different sizes. For an encoder of ViT-B/32's size a batch saves no time.
 */
async function runEach(
  session: InferenceSession,
  rows: Float32Array,
  shape: readonly number[],
): Promise<Float32Array> {
  const size = shape.reduce((product, side) => product * side, 1);
  const [input, output] = [session.inputNames[0] as string, session.outputNames[0] as string];
  const results: Float32Array[] = [];
  for (let at = 0; at < rows.length; at += size) {
    const row = new Tensor('float32', rows.subarray(at, at + size), [1, ...shape]);
    const answered = await session.run({ [input]: row });
    results.push(answered[output]?.data as Float32Array);
  }
  const width = results[0]?.length ?? 0;
  const all = new Float32Array(results.length * width);
  results.forEach((result, at) => {
    all.set(result, at * width);
  });
  return all;
}

async function close(
  port: NonNullable<typeof parentPort>,
  sessions: Iterable<InferenceSession>,
): Promise<void> {
  for (const session of sessions) await session.release();
  port.close();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
