import { backfillProgram } from '../../src/cli/backfill-program.ts';
import { runCommandLine } from '../../src/cli/run-program.ts';
import { startBackfillProgram } from '../../src/cli/start-backfill-program.ts';

export interface Told {
  code: number | undefined;
  stdout: string;
  stderr: string;
}

const PROGRAMS = { backfill: backfillProgram, 'start-backfill': startBackfillProgram };
export type Program = keyof typeof PROGRAMS;

/** A command line in this process, one at a time: for those that end before they reach a server. */
export async function commandLine(program: Program, ...args: string[]): Promise<Told> {
  const exitCode = process.exitCode;
  process.exitCode = undefined;
  const [stdout, stderr] = [heard(process.stdout), heard(process.stderr)];
  try {
    await runCommandLine(PROGRAMS[program](), args);
    return { code: Number(process.exitCode ?? 0), stdout: stdout.text, stderr: stderr.text };
  } finally {
    stdout.leave();
    stderr.leave();
    process.exitCode = exitCode;
  }
}

function heard(stream: NodeJS.WriteStream): { text: string; leave(): void } {
  const write = stream.write;
  const said = {
    text: '',
    leave() {
      stream.write = write;
    },
  };
  stream.write = (text: string | Uint8Array) => {
    said.text += text;
    return true;
  };
  return said;
}
