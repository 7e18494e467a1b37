import type { BackfillClient } from '../client.ts';
import { settled } from '../domain/counts.ts';
import type { Run } from '../domain/run.ts';
import { slownessOf } from '../slowness.ts';
import { type Following, followRun, goesOnByItself } from './follow-run.ts';
import { onTerminal, paint, say, showLive } from './output.ts';
import { progressBar, progressLine, type Shown } from './progress-bar.ts';
import { createRateMeter } from './rate-meter.ts';

/** Pages book their items when they end: what beats tells that the watching goes on between them. */
const BEATS = '⠋⠙⠸⠴⠦⠇';

/** Without a terminal: a line this often, and whenever the state changes. */
const LINE_EVERY_MS = 5_000;

/** Why a run is slow is asked for no more often: each account's limit is a read of its own. */
const SLOWNESS_EVERY_MS = 3_000;

/** Shows the run until it ends or waits for a person (or `until`), or the signal says to stop watching. */
export async function watchRun(
  following: Following,
  until: (run: Run) => boolean = (run) => !goesOnByItself(run),
): Promise<Run> {
  const show = onTerminal() ? barOnTerminal() : linesNowAndThen();
  const slowness = createSlowness(following.client);
  try {
    return await followRun(
      { ...following, onLook: (run) => show({ ...run, slowness: slowness.of(run) }) },
      until,
    );
  } finally {
    showLive(null);
  }
}

function barOnTerminal(): (run: Shown) => void {
  const meter = createRateMeter();
  let looks = 0;
  return (run) => {
    const room = (process.stderr.columns ?? 80) - 2;
    const line = progressBar(run, meter.read(settled(run.counts), Date.now()), room);
    const beat = run.state === 'running' ? BEATS[looks++ % BEATS.length] : ' ';
    showLive(`${beat} ${line.replace(/█+/, (full) => paint.green(full))}`);
  };
}

function linesNowAndThen(): (run: Shown) => void {
  const meter = createRateMeter();
  let toldAt = 0;
  let toldState = '';
  return (run) => {
    const now = Date.now();
    const rate = meter.read(settled(run.counts), now);
    if (run.state === toldState && now - toldAt < LINE_EVERY_MS) return;
    toldAt = now;
    toldState = run.state;
    say(progressLine(run, rate));
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
