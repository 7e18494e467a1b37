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
const MINUTE_MS = 60_000;
const DAY_MS = DAY * MINUTE_MS;

/** What {@link parseHours} takes, for errors. */
export const HOURS_EXPECTED = 'hours as 22-06, with a time zone as 22:30-06@Europe/Vienna, or none';

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

/**
 * Whether local clocks are within the window, and the epoch milliseconds of the next moment at which that changes. Where
 * clocks are put forward over the whole window, there is none on that day; put back, it may come twice.
 */
export function hoursAt(hours: Hours, now: number): { open: boolean; until: number } {
  const open = isOpen(hours, now);
  const edge = (open ? hours.to : hours.from) * MINUTE_MS;
  let from = now;
  for (;;) {
    const until = from + ((edge - clockAt(hours.timeZone, from) + DAY_MS) % DAY_MS);
    const change = clockChange(hours.timeZone, from, until);
    if (change === null) return { open, until };
    if (isOpen(hours, change) !== open) return { open, until: change };
    from = change;
  }
}

function isOpen({ from, to, timeZone }: Hours, at: number): boolean {
  const since = (clockAt(timeZone, at) - from * MINUTE_MS + DAY_MS) % DAY_MS;
  return since < ((to - from + DAY) % DAY) * MINUTE_MS;
}

/** The moment after `from`, until `to`, from which on local clocks are put forward or back; null: they are not. */
function clockChange(timeZone: string, from: number, to: number): number | null {
  const shift = (at: number) => (((clockAt(timeZone, at) - at) % DAY_MS) + DAY_MS) % DAY_MS;
  const before = shift(from);
  if (shift(to) === before) return null;
  let [last, first] = [from, to];
  while (first - last > 1) {
    const middle = Math.floor((last + first) / 2);
    if (shift(middle) === before) last = middle;
    else first = middle;
  }
  return first;
}

/** Milliseconds after midnight that local clocks show. */
function clockAt(timeZone: string, at: number): number {
  const parts = clockOf(timeZone).formatToParts(at);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return part('hour') * 60 * MINUTE_MS + part('minute') * MINUTE_MS + part('second') * 1000 + (at % 1000);
}

/** Making one takes far longer than reading it. */
const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  clocks.set(timeZone, made);
  return made;
}

function minutes(hour: string | undefined, minute = '0'): number | null {
  const total = Number(hour) * 60 + Number(minute);
  return Number(hour) <= 24 && Number(minute) < 60 && total <= DAY ? total : null;
}

function clock(at: number): string {
  return `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
}
