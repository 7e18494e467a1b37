import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createSimulator } from './server.ts';

/**
 * `node src/stack/simulator/main.ts --port P` (0 for a free one). Says `{"port":P}` on stdout when it is
 * ready. Everything is kept in memory.
 */
const port = portFrom(process.argv.slice(2));
const server = createSimulator();
server.on('error', (error) => {
  process.stderr.write(`The simulator cannot listen on 127.0.0.1:${port}: ${error.message}\n`);
  process.exit(1);
});
server.listen(port, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0));

function portFrom(args: string[]): number {
  try {
    const { values } = parseArgs({ args, options: { port: { type: 'string', default: '0' } } });
    return z.coerce
      .number('--port takes a number from 0 to 65535')
      .int()
      .min(0)
      .max(65_535)
      .parse(values.port);
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    process.stderr.write(`The simulator cannot start: ${problem}\n`);
    process.exit(2);
  }
}
