const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Sorts by time, to the second, and is short enough to be typed: `20261121-0157-k3v9`. */
export function newRunId(now = new Date(), random: () => number = Math.random): string {
  const [date, time] = now.toISOString().split('T') as [string, string];
  const suffix = Array.from({ length: 4 }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join('');
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${suffix}`;
}
