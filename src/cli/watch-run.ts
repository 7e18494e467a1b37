import type { BackfillClient } from '../client.ts';
import { settled } from '../domain/counts.ts';
import type { Run } from '../domain/run.ts';
import { slownessOf } from '../slowness.ts';
import { type Following, followRun, goesOnByItself } from './follow-run.ts';
import { onTerminal, paint, say, showLive } from './output.ts';
import { progressBar, progressLine, type Shown } from './progress-bar.ts';
import { progressSummary } from './progress-summary.ts';
import { createRateMeter } from './rate-meter.ts';

/** Pages book their items when they end: what beats tells that the watching goes on between them. */
const BEATS = '⠋⠙⠸⠴⠦⠇';

/** Without a terminal: a line this often, and whenever the state changes. */
const LINE_EVERY_MS = 5_000;

/** Why a run is slow is asked for no more often: each account's limit is a read of its own. */
const SLOWNESS_EVERY_MS = 3_000;

export interface Watching extends Following {
  /** Sums up after pages. */
  verbose?: boolean | undefined;
}

/** What is known of a run at one look. `rate`: items per second of late. */
type Show = (run: Run & Shown, rate: number | null) => void;

/** Shows the run until it ends or waits for a person (or `until`), or the signal says to stop watching. */
export async function watchRun(
  { verbose, onLook, ...following }: Watching,
  until: (run: Run) => boolean = (run) => !goesOnByItself(run),
): Promise<Run> {
  const shows = [...(onTerminal() ? [barOnTerminal()] : verbose ? [] : [linesNowAndThen()])];
  if (verbose) shows.push(summariesAfterPages());
  const meter = createRateMeter();
  const slowness = createSlowness(following.client);
  try {
    return await followRun(
      {
        ...following,
        onLook(run) {
          const rate = meter.read(settled(run.counts), Date.now());
          for (const show of shows) show({ ...run, slowness: slowness.of(run) }, rate);
          onLook?.(run);
        },
      },
      until,
    );
  } finally {
    showLive(null);
  }
}

function barOnTerminal(): Show {
  let looks = 0;
  return (run, rate) => {
    const room = (process.stderr.columns ?? 80) - 2;
    const line = progressBar(run, rate, room);
    const beat = run.state === 'running' ? BEATS[looks++ % BEATS.length] : ' ';
    showLive(`${beat} ${line.replace(/█+/, (full) => paint.green(full))}`);
  };
}

function linesNowAndThen(): Show {
  let toldAt = 0;
  let toldState = '';
  return (run, rate) => {
    const now = Date.now();
    if (run.state === toldState && now - toldAt < LINE_EVERY_MS) return;
    toldAt = now;
    toldState = run.state;
    say(progressLine(run, rate));
  };
}

/** The line when the state changes; after pages, below it, number by number what the run has come to. */
function summariesAfterPages(): Show {
  let toldAt = 0;
  let toldState = '';
  let toldDone: number | null = null;
  return (run, rate) => {
    const done = settled(run.counts);
    toldDone ??= done;
    const turned = run.state !== toldState;
    if (!turned && (done === toldDone || Date.now() - toldAt < LINE_EVERY_MS)) return;
    say(progressLine(run, rate));
    if (done !== toldDone) say(progressSummary(run, rate));
    toldAt = Date.now();
    toldState = run.state;
    toldDone = done;
  };
}

/** What was known at the last look: asking must not hold up the bar. */
function createSlowness(client: BackfillClient) {
  let known: string[] = [];
  let askedAt = 0;
  return {
    of(run: Run): string[] {
      if (Date.now() - askedAt >= SLOWNESS_EVERY_MS) {
        askedAt = Date.now();
        slownessOf(client, run).then(
          (reasons) => {
            known = reasons;
          },
          () => undefined,
        );
      }
      return known;
    },
  };
}
