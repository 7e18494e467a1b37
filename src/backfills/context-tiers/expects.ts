import type { ExpectedCall } from '../../domain/call.ts';
import type { Options } from './options.ts';
import { questions } from './questions.ts';
import type { PartsRoute } from './routes.ts';

/** Of all images, by what is usually on record of their vehicles; of the rest the gap finder is asked. */
const ROUTED: Record<PartsRoute, number> = { confirm: 0.03, guided: 0.1, infer: 0.8 };
const LITTLE_CONTEXT = 0.07;
/** Of images that go to tier 2: good enough for it. */
const SUFFICIENT = 0.6;
/** Images of a vehicle with little context, of which one asks where it is asked for once per vehicle. */
const IMAGES_PER_VEHICLE = 8;

const TOKENS = {
  organise: { input: 900, output: 150 },
  parts: { input: 1_600, output: 700 },
  gaps: { input: 1_000, output: 350 },
};

/** What the images of a usual database ask. */
export function expects(options: Options): ExpectedCall[] {
  const { organise, parts, gaps } = questions(options);
  return [
    { ...asked(organise), share: 1, tokens: TOKENS.organise },
    ...Object.entries(ROUTED).map(([route, share]) => ({
      ...asked(parts[route as PartsRoute]),
      share: share * SUFFICIENT,
      tokens: TOKENS.parts,
    })),
    {
      ...asked(gaps),
      share: options.gapPer === 'image' ? LITTLE_CONTEXT : LITTLE_CONTEXT / IMAGES_PER_VEHICLE,
      tokens: TOKENS.gaps,
    },
  ];
}

function asked({
  model,
  operation,
  promptVersion,
}: Pick<ExpectedCall, 'model' | 'operation' | 'promptVersion'>) {
  return { provider: 'openai' as const, model, operation, promptVersion };
}
