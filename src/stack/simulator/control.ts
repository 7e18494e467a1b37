import { ZodError, z } from 'zod';
import type { Reply } from './serve.ts';
import { settingsPatchSchema } from './settings.ts';
import type { SimulatorState } from './state.ts';

/** The simulator's own routes, under `/_sim/`: its settings, its bill, and what it saw. */
export function control(state: SimulatorState, method: string, url: URL, body: Buffer): Reply {
  const route = ROUTES[`${method} ${url.pathname}`];
  if (route === undefined) return reply(404, { error: 'no such route', routes: Object.keys(ROUTES) });
  try {
    return reply(200, route(state, url.searchParams, body));
  } catch (error) {
    if (error instanceof ZodError) return reply(400, { error: z.prettifyError(error) });
    if (error instanceof SyntaxError) return reply(400, { error: `the body is not JSON: ${error.message}` });
    throw error;
  }
}

const ROUTES: Record<string, (state: SimulatorState, query: URLSearchParams, body: Buffer) => unknown> = {
  'GET /_sim/settings': (state) => state.settings,
  'POST /_sim/settings': (state, _query, body) => {
    state.configure(settingsPatchSchema.parse(JSON.parse(body.toString())));
    return state.settings;
  },
  'POST /_sim/reset': (state) => {
    state.reset();
    return state.settings;
  },
  'GET /_sim/bill': (state, query) => ({
    ...state.calls.total(),
    ...state.bill.total(),
    ...(query.get('content') === '1' && { byContent: state.bill.byContent() }),
  }),
  'GET /_sim/calls': (state, query) => ({ calls: state.calls.since(milliseconds(query, 'since', 0)) }),
  'GET /_sim/rate': (state, query) => state.calls.rate(rateQuerySchema.parse(Object.fromEntries(query))),
};

const rateQuerySchema = z.strictObject({
  windowMs: z.coerce.number().positive().default(60_000),
  bucketMs: z.coerce.number().positive().default(1_000),
  by: z.enum(['provider', 'model']).default('provider'),
});

function milliseconds(query: URLSearchParams, name: string, otherwise: number): number {
  return z.coerce.number().parse(query.get(name) ?? otherwise);
}

function reply(status: number, value: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
