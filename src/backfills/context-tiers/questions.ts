import type { PriceList } from '../../domain/prices.ts';
import type { Question } from '../../vision/vision.ts';
import { type Gaps, gapSchema, type Tier1, type Tier2, tier1Schema, tier2Schema } from './answers.ts';
import type { Options } from './options.ts';
import { type PartsRoute, type RouteName, routeNamed, TIER_1 } from './routes.ts';

/** Every question of the tiers, made once per run. */
export interface Questions {
  organise: Question<Tier1>;
  parts: Record<PartsRoute, Question<Tier2>>;
  gaps: Question<Gaps>;
}

export function questions({ model, gapModel }: Pick<Options, 'model' | 'gapModel'>): Questions {
  const { perCall: _, ...organise } = TIER_1;
  const parts = (name: PartsRoute): Question<Tier2> => ({
    ...asked(name),
    model,
    schema: tier2Schema,
    maxOutputTokens: 2_500,
  });
  return {
    organise: { ...organise, model, schema: tier1Schema, maxOutputTokens: 600 },
    parts: { confirm: parts('confirm'), guided: parts('guided'), infer: parts('infer') },
    gaps: { ...asked('gap_finder'), model: gapModel, schema: gapSchema, maxOutputTokens: 1_200 },
  };
}

/** The same question of a vehicle of which this is on record. */
export function about<T>(question: Question<T>, context: string): Question<T> {
  return { ...question, context };
}

/** What `--prices` asks for: what each call costs, or (an empty list) what its tokens cost. */
export function prices({ prices: how, model, gapModel }: Options): PriceList {
  if (how === 'tokens') return {};
  const flat = ({ operation, perCall }: { operation: string; perCall: number }, by: string) => [
    `openai/${by}/${operation}`,
    { perCall },
  ];
  const cheap = [TIER_1, routeNamed('confirm'), routeNamed('guided'), routeNamed('infer')];
  return Object.fromEntries([
    ...cheap.map((question) => flat(question, model)),
    flat(routeNamed('gap_finder'), gapModel),
  ]);
}

function asked(name: RouteName) {
  const { operation, promptVersion, instructions } = routeNamed(name);
  return { operation, promptVersion, instructions };
}
