import type { Json } from '../../domain/json.ts';
import type { Nanodollars } from '../../domain/money.ts';
import { coalesce } from './coalesce.ts';
import type { Row, Table } from './table.ts';

/** A usable answer, and who bought it. Shared by all runs. */
export interface BoughtAnswer {
  callKey: string;
  body: Json;
  cost: Nanodollars;
  runId: string;
  item: string;
  /** Names the request that brought it: `<page>#<slot>.<index>`. */
  request: string;
}

export interface Answers {
  find(callKey: string): Promise<BoughtAnswer | undefined>;
  findMany(callKeys: string[]): Promise<Map<string, BoughtAnswer>>;
  /** The rows that make them known to everybody. */
  rowsOf(answers: BoughtAnswer[]): Row[];
}

export function createAnswers(table: Table): Answers {
  async function findMany(callKeys: string[]): Promise<Map<string, BoughtAnswer>> {
    const unique = [...new Set(callKeys)];
    const rows = await table.getMany(unique.map((key) => ({ pk: `answer#${key}`, sk: 'answer' })));
    return new Map(rows.map((row) => [row.callKey as string, toAnswer(row)]));
  }

  const find = coalesce<string, BoughtAnswer | undefined>(
    async (keys) => {
      const found = await findMany(keys);
      return keys.map((key) => found.get(key));
    },
    { maxBatch: 100 },
  );

  return {
    find,
    findMany,
    rowsOf: (answers) =>
      answers.map(({ body, ...rest }) => ({
        pk: `answer#${rest.callKey}`,
        sk: 'answer',
        ...rest,
        // Kept as text: what a provider sent comes back to the letter, in any nesting.
        body: JSON.stringify(body),
        boughtAt: new Date().toISOString(),
      })),
  };
}

function toAnswer(row: Row): BoughtAnswer {
  const { callKey, cost, runId, item, request, body } = row as unknown as BoughtAnswer & { body: string };
  return { callKey, cost, runId, item, request, body: JSON.parse(body) as Json };
}
