import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { explain } from './explain.ts';
import { paint, say, showLive } from './output.ts';

/** What a command does; its result is the exit code. */
export type Action<Arguments extends unknown[]> = (...args: Arguments) => Promise<ExitCode>;

export function createProgram(name: string, description: string): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return new Command(name)
    .description(description)
    .version(version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("('--help' shows what there is)");
}

/** Lets the command's result be the exit code. Everything that is thrown ends in {@link runProgram}. */
export function act<Arguments extends unknown[]>(action: Action<Arguments>) {
  return async (...args: Arguments): Promise<void> => {
    process.exitCode = await action(...args);
  };
}

/** Runs the command line of this process, and ends the process: no open handle keeps it. */
export async function runProgram(program: Command): Promise<never> {
  process.stdout.on('error', leaveWhenNobodyReads);
  await runCommandLine(program, process.argv.slice(2));
  await written(process.stdout);
  process.exit();
}

/** The command's result, or that of what was thrown, is then `process.exitCode`. */
export async function runCommandLine(program: Command, args: readonly string[]): Promise<void> {
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = tell(error);
  }
  showLive(null);
}

function tell(error: unknown): number {
  // Commander has said what is wrong; help and version are no mistakes.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  showLive(null);
  if (process.env.BACKFILL_DEBUG) console.error(error);
  const { message, hint, exitCode } = explain(error);
  say(`${paint.red('error:')} ${message}`);
  if (hint) say(`${paint.dim('hint:')}  ${hint}`);
  return exitCode;
}

function leaveWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
