import type { Nanodollars } from '../../domain/money.ts';
import type { Run } from '../../domain/run.ts';
import { DEFAULT_SETTINGS } from '../../domain/settings.ts';
import type { Row } from './table.ts';

/** No cap: more than can ever be spent in safe integers. */
const UNCAPPED: Nanodollars = Number.MAX_SAFE_INTEGER;

export function capOf(budget: Nanodollars | null): Nanodollars {
  return budget ?? UNCAPPED;
}

/** What a run begins with. */
export const NEW_BOOKS = {
  spent: 0,
  spentBy: {},
  spentOn: {},
  unknownHeld: 0,
  unknownCalls: 0,
  settlements: {},
  epoch: 0,
  tunings: [],
  slow: {},
};

/** Runs of earlier versions lack what came later. */
export function toRun({ pk: _pk, sk: _sk, ...row }: Row): Run {
  const run = row as unknown as Run;
  return { ...NEW_BOOKS, ...run, settings: { ...DEFAULT_SETTINGS, ...run.settings } };
}

/**
 * Adds `:amount` to the hold of `#page`, once: the client library repeats an update whose acknowledgement was lost. A
 * hold whose `latest` is `:once` has had it.
 */
export const ADDED_ONCE = {
  set: 'holds.#page.amount = holds.#page.amount + :amount, holds.#page.latest = :once',
  condition: '(attribute_not_exists(holds.#page.latest) OR holds.#page.latest <> :once)',
};

/** An update that adds amounts to attributes, and to keys of maps (`counts.written`), and does one thing more. */
export function additions(
  amounts: [path: string, amount: number][],
  also: {
    expression: string;
    condition: string;
    names: Record<string, string>;
    values: Record<string, unknown>;
  },
) {
  const names: Record<string, string> = { ...also.names };
  const values: Record<string, unknown> = { ...also.values, ':zero': 0 };
  const sets = amounts.map(([path, amount], index) => {
    values[`:v${index}`] = amount;
    // A map's key may hold dots and slashes itself (`openai/gpt-4.1`): only the first dot divides.
    const dot = path.indexOf('.');
    const parts = dot < 0 ? [path] : [path.slice(0, dot), path.slice(dot + 1)];
    const name = parts.map((part, depth) => {
      names[`#n${index}_${depth}`] = part;
      return `#n${index}_${depth}`;
    });
    return `${name.join('.')} = if_not_exists(${name.join('.')}, :zero) + :v${index}`;
  });
  return {
    UpdateExpression: `SET ${sets.join(', ')}${also.expression}`,
    ConditionExpression: also.condition,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}
