import type { PaidCall, Provider } from './call.ts';

const PROVIDERS = ['openai', 'rekognition'] as const satisfies readonly Provider[];

/** What {@link parseAccount} takes, for errors. */
export const ACCOUNTS = `${PROVIDERS.join(', ')}, one of their models (openai/gpt-4o), host, host/<name>`;

const MODEL = /^[\w.:-]+$/;
const HOST = /^[\w-]+(\.[\w-]+)*(:\d{1,5})?$/;

/** Under which a call's cost is reported, and its model's limits and price are found. */
export function accountOf({ provider, model }: Pick<PaidCall<unknown>, 'provider' | 'model'>): string {
  return `${provider}/${model}`;
}

/** The name of what has limits of its own; host names are the same in any case of letters. Null for anything else. */
export function parseAccount(given: string): string | null {
  const [head = '', ...rest] = given.split('/');
  const known = PROVIDERS.includes(head as Provider) || head === 'host';
  if (!known || rest.length > 1) return null;
  const [detail] = rest;
  if (detail === undefined) return head;
  if (head === 'host') return HOST.test(detail) ? `host/${detail.toLowerCase()}` : null;
  return MODEL.test(detail) ? given : null;
}
