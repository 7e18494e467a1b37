import { CONFIRM, FIND_GAPS, GUIDED, INFER, ORGANISE } from './prompts.ts';

/** One kind of question, and what a call of it costs where calls have flat prices. */
interface Asked {
  operation: string;
  promptVersion: string;
  /** Unless an option names another. */
  model: string;
  instructions: string;
  /** US dollars. */
  perCall: number;
}

interface Route extends Asked {
  name: string;
  /** The least context score that takes it. */
  from: number;
}

/** Asked about every image. */
export const TIER_1 = {
  operation: 'organise_image',
  promptVersion: '1',
  model: 'gpt-4o-mini',
  instructions: ORGANISE,
  perCall: 0.0001,
} as const satisfies Asked;

/** What is asked next, by context score; the richest context first. */
export const ROUTES = [
  {
    name: 'confirm',
    from: 60,
    operation: 'confirm_parts',
    promptVersion: '1',
    model: 'gpt-4o-mini',
    instructions: CONFIRM,
    perCall: 0.0001,
  },
  {
    name: 'guided',
    from: 30,
    operation: 'guided_parts',
    promptVersion: '1',
    model: 'gpt-4o-mini',
    instructions: GUIDED,
    perCall: 0.0005,
  },
  {
    name: 'infer',
    from: 10,
    operation: 'infer_parts',
    promptVersion: '1',
    model: 'gpt-4o-mini',
    instructions: INFER,
    perCall: 0.005,
  },
  {
    name: 'gap_finder',
    from: 0,
    operation: 'find_gaps',
    promptVersion: '1',
    model: 'gpt-4o',
    instructions: FIND_GAPS,
    perCall: 0.02,
  },
] as const satisfies readonly Route[];

export type RouteName = (typeof ROUTES)[number]['name'];
/** Those that lead to tier 2. */
export type PartsRoute = Exclude<RouteName, 'gap_finder'>;

/** A boundary belongs to the richer route. */
export function routeOf(score: number): RouteName {
  return ROUTES.find(({ from }) => score >= from)?.name ?? 'gap_finder';
}

export function routeNamed<Name extends RouteName>(name: Name) {
  return ROUTES.find((route) => route.name === name) as Extract<(typeof ROUTES)[number], { name: Name }>;
}
