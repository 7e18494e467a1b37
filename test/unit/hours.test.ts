import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatHours, type Hours, hoursAt, hoursProblem, parseHours } from '../../src/domain/hours.ts';

const HOUR = 3_600_000;

describe('hours are read as people write them', () => {
  test.for([
    ['22-06', '22:00-06:00 Europe/Vienna'],
    ['22-6', '22:00-06:00 Europe/Vienna'],
    ['22:30-6:15', '22:30-06:15 Europe/Vienna'],
    [' 9 - 17 ', '09:00-17:00 Europe/Vienna'],
    ['18-24', '18:00-00:00 Europe/Vienna'],
    ['0-8', '00:00-08:00 Europe/Vienna'],
    ['22-06@Asia/Kolkata', '22:00-06:00 Asia/Kolkata'],
    ['22-06@UTC', '22:00-06:00 UTC'],
  ] as const)('%s', ([given, read]) => {
    expect(formatHours(parseHours(given, 'Europe/Vienna') as Hours)).toBe(read);
  });

  test.for([
    '',
    '22',
    '22-',
    '22-22',
    '0-24',
    '25-6',
    '22:60-6',
    '24:01-6',
    'night',
    '22-06@Vienna',
    '22-06@',
  ])("'%s' is refused", (given) => {
    expect(parseHours(given, 'Europe/Vienna')).toBeNull();
  });

  test('what a program gives is told by its fault', () => {
    const hours = { from: 0, to: 60, timeZone: 'UTC' };
    expect(hoursProblem(hours)).toBeNull();
    expect(hoursProblem({ ...hours, to: 1440 })).toContain('whole minutes from 0 to 1439');
    expect(hoursProblem({ ...hours, from: 0.5 })).toContain('whole minutes');
    expect(hoursProblem({ ...hours, to: 0 })).toContain('no length');
    expect(hoursProblem({ ...hours, timeZone: 'Mars/Olympus' })).toBe(
      "'Mars/Olympus' is no time zone; one is Europe/Vienna",
    );
  });
});

describe('a run works within its hours only', () => {
  test.for([
    ['09-17@UTC', '2026-11-21T08:59:59.999Z', false, '2026-11-21T09:00:00.000Z'],
    ['09-17@UTC', '2026-11-21T09:00:00.000Z', true, '2026-11-21T17:00:00.000Z'],
    ['09-17@UTC', '2026-11-21T16:59:59.999Z', true, '2026-11-21T17:00:00.000Z'],
    ['09-17@UTC', '2026-11-21T17:00:00.000Z', false, '2026-11-22T09:00:00.000Z'],
    ['22-06@UTC', '2026-12-31T23:00:00.123Z', true, '2027-01-01T06:00:00.000Z'],
    ['22-06@UTC', '2027-01-01T00:00:00.000Z', true, '2027-01-01T06:00:00.000Z'],
    ['22-06@UTC', '2027-01-01T06:00:00.000Z', false, '2027-01-01T22:00:00.000Z'],
    ['22-06@Europe/Vienna', '2026-11-21T20:30:00.000Z', false, '2026-11-21T21:00:00.000Z'],
    ['22-06@Asia/Kolkata', '2026-11-21T16:30:00.000Z', true, '2026-11-22T00:30:00.000Z'],
    ['22-06@America/Los_Angeles', '2026-11-21T06:00:00.000Z', true, '2026-11-21T14:00:00.000Z'],
  ] as const)('%s at %s', ([window, now, open, until]) => {
    expect(seen(window, now)).toEqual({ open, until });
  });
});

describe('the clocks of Vienna are changed', () => {
  test.for([
    // Put forward on 29 March 2026: 01:59:59 is followed by 03:00.
    ['a night over it is an hour shorter', '22-06', '2026-03-28T21:00Z', true, '2026-03-29T04:00:00.000Z'],
    ['an end left out is met at once', '22-02:30', '2026-03-28T23:00Z', true, '2026-03-29T01:00:00.000Z'],
    [
      'a beginning left out begins at once',
      '02:30-06',
      '2026-03-28T22:00Z',
      false,
      '2026-03-29T01:00:00.000Z',
    ],
    [
      'a window left out waits for the next day',
      '02-03',
      '2026-03-29T00:00Z',
      false,
      '2026-03-30T00:00:00.000Z',
    ],
    // Put back on 25 October 2026: 02:59:59 is followed by 02:00.
    ['a night over it is an hour longer', '22-06', '2026-10-24T20:00Z', true, '2026-10-25T05:00:00.000Z'],
    ['an end met twice ends it first', '22-02:30', '2026-10-24T23:00Z', true, '2026-10-25T00:30:00.000Z'],
    [
      'and it goes on for the half hour that comes again',
      '22-02:30',
      '2026-10-25T00:45Z',
      false,
      '2026-10-25T01:00:00.000Z',
    ],
    ['an edge at the change itself', '22-03', '2026-10-25T00:59Z', true, '2026-10-25T02:00:00.000Z'],
  ] as const)('%s', ([, window, now, open, until]) => {
    expect(seen(`${window}@Europe/Vienna`, now)).toEqual({ open, until });
  });
});

const ZONES = [
  'UTC',
  'Europe/Vienna',
  'Europe/London',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Antarctica/Troll',
  'Pacific/Chatham',
];
const YEARS = { min: Date.UTC(2024, 0, 1), max: Date.UTC(2029, 0, 1) };

const minute = fc.integer({ min: 0, max: 1439 });
const windows = fc.record({ from: minute, to: minute }).filter(({ from, to }) => from !== to);

/** Any window of any zone, seen at any time; mostly around a change of its clocks. */
const seenAnywhere = fc.oneof(
  ...ZONES.map((timeZone) => {
    const around = clockChanges(timeZone).map((change) =>
      fc.integer({ min: change - 30 * HOUR, max: change + 30 * HOUR }),
    );
    return fc.record({
      hours: windows.map((window): Hours => ({ ...window, timeZone })),
      now: fc.oneof(fc.integer(YEARS), ...around),
    });
  }),
);

/** Days on which it is another time of day after 24 hours. */
function clockChanges(timeZone: string): number[] {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'short' });
  const days = Array.from(
    { length: (YEARS.max - YEARS.min) / (24 * HOUR) },
    (_, day) => YEARS.min + day * 24 * HOUR,
  );
  return days
    .filter((day) => clock.format(day) !== clock.format(day + 24 * HOUR))
    .map((day) => day + 12 * HOUR);
}

test('the next edge is in the future, the window changes there, and not before', () => {
  fc.assert(
    fc.property(seenAnywhere, fc.double({ min: 0, max: 1, noNaN: true }), ({ hours, now }, share) => {
      const { open, until } = hoursAt(hours, now);
      expect(until).toBeGreaterThan(now);
      expect(hoursAt(hours, until).open).toBe(!open);
      expect(hoursAt(hours, until - 1)).toEqual({ open, until });
      expect(hoursAt(hours, Math.floor(now + share * (until - 1 - now)))).toEqual({ open, until });
    }),
    { numRuns: 1_000 },
  );
});

test('the next edge is at most 25 hours away, unless clocks are put forward over the window', () => {
  fc.assert(
    fc.property(seenAnywhere, ({ hours, now }) => {
      const { from, to } = hours;
      // Troll's are put by two hours, all others' by one at most.
      const isLong = Math.min((to - from + 1440) % 1440, (from - to + 1440) % 1440) > 120;
      expect(hoursAt(hours, now).until - now).toBeLessThanOrEqual((isLong ? 25 : 49) * HOUR);
    }),
    { numRuns: 1_000 },
  );
});

test('whether a window is open is what the clock on the wall says', () => {
  const clock = (timeZone: string, at: number) => {
    const [hour, minutes] = new Date(at)
      .toLocaleTimeString('de-DE', { timeZone, hour: '2-digit', minute: '2-digit' })
      .split(':');
    return Number(hour) * 60 + Number(minutes);
  };
  fc.assert(
    fc.property(seenAnywhere, ({ hours, now }) => {
      const { from, to, timeZone } = hours;
      const shown = clock(timeZone, now);
      const within = from < to ? shown >= from && shown < to : shown >= from || shown < to;
      expect(hoursAt(hours, now).open).toBe(within);
    }),
  );
});

function seen(window: string, now: string): { open: boolean; until: string } {
  const { open, until } = hoursAt(parseHours(window, 'UTC') as Hours, Date.parse(now));
  return { open, until: new Date(until).toISOString() };
}
