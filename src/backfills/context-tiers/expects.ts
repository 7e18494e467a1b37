import type { ExpectedCall } from '../../domain/call.ts';
import type { Expectation } from '../define.ts';
import type { Options } from './options.ts';
import { type Questions, questions } from './questions.ts';
import type { RouteCount } from './route-counts.ts';
import { type PartsRoute, ROUTES, type RouteName } from './routes.ts';

/** Of all images, by what is usually on record of their vehicles. */
const USUALLY: Record<RouteName, number> = { confirm: 0.03, guided: 0.1, infer: 0.8, gap_finder: 0.07 };
/** Of images that tier 1 has not looked at: good enough for tier 2. */
const SUFFICIENT = { expected: 0.6, low: 0.4, high: 0.8 };
/** Images of a vehicle with little context, of which one asks where it is asked for once per vehicle. */
const IMAGES_PER_VEHICLE = 8;

const TOKENS = {
  organise: { input: 900, output: 150 },
  parts: { input: 1_600, output: 700 },
  gaps: { input: 1_000, output: 350 },
};

/** What the images of a usual database ask. */
export function expects(options: Options): ExpectedCall[] {
  const usual = ROUTES.map(({ name: route }) => ({
    route,
    images: USUALLY[route],
    sufficient: 0,
    unseen: USUALLY[route],
    turns: USUALLY[route] / IMAGES_PER_VEHICLE,
  }));
  return callsOf(options, usual);
}

/** What these images ask: their routes are known, and of which suffices for tier 2 what was found out before. */
export function expectedOf(options: Options, counts: readonly RouteCount[]): Expectation {
  const unseen = counts.some((count) => count.route !== 'gap_finder' && count.unseen > 0);
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const { expected, low, high } = SUFFICIENT;
  return {
    calls: callsOf(options, counts).filter(({ share }) => share > 0),
    ...(unseen && {
      assuming:
        `Routes are as counted. Of photos that tier 1 has not looked at, ${percent(expected)} are taken to suffice for tier 2, ` +
        `${percent(low)} to ${percent(high)} in the interval.`,
    }),
  };
}

/** Shares are of all images that are counted. */
export function callsOf(options: Options, counts: readonly RouteCount[]): ExpectedCall[] {
  const asked = questions(options);
  const images = counts.reduce((sum, count) => sum + count.images, 0);
  const ofRoute = (name: RouteName) => counts.filter(({ route }) => route === name);
  const gaps = ofRoute('gap_finder').reduce(
    (sum, count) => sum + (options.gapPer === 'image' ? count.images : count.turns),
    0,
  );
  return [
    { ...named(asked.organise), share: 1, tokens: TOKENS.organise },
    ...Object.entries(asked.parts).map(([route, question]) => ({
      ...named(question),
      ...sharesOf(ofRoute(route as PartsRoute), images),
      tokens: TOKENS.parts,
    })),
    { ...named(asked.gaps), share: gaps / images, tokens: TOKENS.gaps },
  ];
}

function sharesOf(counts: readonly RouteCount[], images: number): Pick<ExpectedCall, 'share' | 'within'> {
  const asking = (sufficient: number) =>
    counts.reduce((sum, count) => sum + count.sufficient + count.unseen * sufficient, 0);
  const expected = asking(SUFFICIENT.expected);
  if (expected === asking(SUFFICIENT.low)) return { share: expected / images };
  const within = { low: asking(SUFFICIENT.low) / expected, high: asking(SUFFICIENT.high) / expected };
  return { share: expected / images, within };
}

function named({
  model,
  operation,
  promptVersion,
}: Questions['organise' | 'gaps'] | Questions['parts'][PartsRoute]) {
  return { provider: 'openai' as const, model, operation, promptVersion };
}
