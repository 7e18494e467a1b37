/** A daily window, `22-06`, in a time zone. It may reach over midnight. */
export interface Hours {
  /** Minutes after midnight. */
  from: number;
  /** Minutes after midnight; before `from`: on the next day. */
  to: number;
  /** IANA name: `Europe/Vienna`. */
  timeZone: string;
}

const DAY = 24 * 60;

/** `22-06`, `22:30-6:15`, `22-06@Europe/Vienna`; null for anything else, and for a window of no length. */
export function parseHours(text: string, localTimeZone: string): Hours | null {
  const found = /^(\d{1,2})(?::(\d{2}))?\s*-\s*(\d{1,2})(?::(\d{2}))?(?:@(.+))?$/.exec(text.trim());
  if (!found) return null;
  const [from, to] = [minutes(found[1], found[2]), minutes(found[3], found[4])];
  if (from === null || to === null) return null;
  const hours = { from: from % DAY, to: to % DAY, timeZone: found[5] ?? localTimeZone };
  return hoursProblem(hours) === null ? hours : null;
}

/** Why these are no hours; null when they are. */
export function hoursProblem({ from, to, timeZone }: Hours): string | null {
  if (![from, to].every((at) => Number.isInteger(at) && at >= 0 && at < DAY))
    return `hours begin and end at whole minutes from 0 to ${DAY - 1}, not at ${from} and ${to}`;
  if (from === to) return `hours from ${clock(from)} to ${clock(to)} have no length`;
  return isTimeZone(timeZone) ? null : `'${timeZone}' is no time zone; one is Europe/Vienna`;
}

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en-GB', { timeZone: name }));
  } catch {
    return false;
  }
}

export function formatHours({ from, to, timeZone }: Hours): string {
  return `${clock(from)}-${clock(to)} ${timeZone}`;
}

/** Epoch milliseconds of the window's next edge: its end when `now` lies in it, else its beginning. */
export function hoursAt(hours: Hours, now: number): { open: boolean; until: number } {
  const local = localMinutes(hours.timeZone, now);
  const length = (hours.to - hours.from + DAY) % DAY;
  const since = (local - hours.from + DAY) % DAY;
  const open = since < length;
  const edge = open ? hours.to : hours.from;
  return { open, until: nextTime(hours.timeZone, edge, now) };
}

/** The next moment at which local clocks show `edge`; where a change of time leaves it out, the first after it. */
function nextTime(timeZone: string, edge: number, now: number): number {
  const distance = (edge - localMinutes(timeZone, now) + DAY) % DAY || DAY;
  const guess = now + distance * 60_000;
  const off = ((localMinutes(timeZone, guess) - edge + DAY + DAY / 2) % DAY) - DAY / 2;
  const corrected = guess - off * 60_000;
  return corrected > now ? corrected : guess;
}

/** With fractions, so that an edge is met to the millisecond. */
function localMinutes(timeZone: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return part('hour') * 60 + part('minute') + (part('second') + (at % 1000) / 1000) / 60;
}

function minutes(hour: string | undefined, minute = '0'): number | null {
  const total = Number(hour) * 60 + Number(minute);
  return Number(hour) <= 24 && Number(minute) < 60 && total <= DAY ? total : null;
}

function clock(at: number): string {
  return `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
}
