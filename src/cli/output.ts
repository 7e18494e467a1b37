import colors from 'picocolors';

/** Data goes to stdout, talk to stderr: `backfill list --json | jq` sees data only. */
export function print(text: string): void {
  hideLive();
  process.stdout.write(`${text}\n`);
  drawLive();
}

/** The last line of stdout, for programs. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

export function say(text: string): void {
  hideLive();
  process.stderr.write(`${text}\n`);
  drawLive();
}

/** Replaces the one line at the bottom of the terminal that changes; null takes it away. */
export function showLive(line: string | null): void {
  hideLive();
  live = line;
  drawLive();
}

/** True when a person sees stderr. */
export function onTerminal(): boolean {
  return process.stderr.isTTY === true;
}

/** True when a person can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && onTerminal();
}

/** Colours for talk and for data: each stream is looked at by itself. */
export const paint = colors.createColors(colored(process.stderr));
export const paintData = colors.createColors(colored(process.stdout));

function colored(stream: { isTTY?: boolean }): boolean {
  if (process.env.NO_COLOR) return false;
  return Boolean(process.env.FORCE_COLOR) || stream.isTTY === true;
}

const START_OF_LINE_AND_CLEAR = '\r\u001b[2K';

let live: string | null = null;

function hideLive(): void {
  if (live !== null) process.stderr.write(START_OF_LINE_AND_CLEAR);
}

function drawLive(): void {
  if (live !== null) process.stderr.write(live);
}
