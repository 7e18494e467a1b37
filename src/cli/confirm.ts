import { createInterface } from 'node:readline/promises';
import { UsageError } from '../domain/failure.ts';
import { canAsk } from './output.ts';

/** Without a terminal nobody can be asked. Throws UsageError before anything is started. */
export function requireYes(yes: boolean, what: string): void {
  if (yes || canAsk()) return;
  throw new UsageError(`${what} needs --yes where no terminal can ask`, 'add --yes');
}

/** True when the person agrees, or has agreed beforehand. */
export async function confirm(yes: boolean, question: string): Promise<boolean> {
  if (yes) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
