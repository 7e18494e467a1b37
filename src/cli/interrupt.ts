import { constants } from 'node:os';
import { EXIT } from './exit-codes.ts';
import { say } from './output.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The first Ctrl-C (or SIGTERM, or a closed terminal) aborts the signal, so that the command can settle; the
 * second one ends the process at once.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (controller.signal.aborted)
        process.exit(name === 'SIGINT' ? EXIT.interrupted : 128 + constants.signals[name]);
      controller.abort();
    });
  }
  return controller.signal;
}

/** Resolves at the interruption, with a word to the person. */
export function untilInterrupted(signal: AbortSignal, word: string): Promise<void> {
  return new Promise((resolve) => {
    // Waiting for a signal keeps no process alive by itself.
    const awake = setInterval(() => {}, 60_000);
    const end = () => {
      clearInterval(awake);
      say(word);
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
