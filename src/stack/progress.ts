/** Says every few seconds what takes long, and since when. Short work stays silent. */
export function reportEvery(
  everyMs: number,
  say: (line: string) => void,
  what: () => string,
): { end(): void } {
  const began = Date.now();
  const timer = setInterval(() => say(`${what()} (${duration(Date.now() - began)} so far)`), everyMs);
  return { end: () => clearInterval(timer) };
}

/** `45 s`, `3 min 5 s`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
