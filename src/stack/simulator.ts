import { fileURLToPath } from 'node:url';
import { plainEnv } from './child-process.ts';
import type { Server, Surroundings } from './server.ts';

/** The simulator of the paid providers. It keeps nothing: with its process its count of billed calls ends. */
export function simulatorServer({ env }: Surroundings, port: number): Server {
  const url = `http://127.0.0.1:${port}`;
  const rekognition = `${url}/rekognition`;
  const program = fileURLToPath(new URL('simulator/main.ts', import.meta.url));
  return {
    name: 'simulator',
    address: url,
    env: {
      SIMULATOR_URL: url,
      OPENAI_BASE_URL: `${url}/v1`,
      OPENAI_API_KEY: 'sk-simulated',
      AWS_ENDPOINT_URL_REKOGNITION: env.AWS_ENDPOINT_URL_REKOGNITION || rekognition,
      BACKFILL_EMBEDDED_REKOGNITION: rekognition,
    },
    command: {
      file: process.execPath,
      args: [program, '--port', String(port)],
      env: plainEnv(env),
    },
    ready: () => askSettings(`${url}/_sim/settings`),
  };
}

async function askSettings(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}
