import type { JsonObject } from '../../src/domain/json.ts';
import { type Asked, type Pass, type Reply, replyOf, type Trouble } from './trouble-proxy.ts';

/** What one line pair of a bulk asks for. */
export interface BulkAction {
  name: string;
  id: string;
  lines: string[];
}

/** Bulks of the journal name its index in their path; those of the data name it in each action. */
export function isDataBulk({ path }: Asked): boolean {
  return path === '/_bulk';
}

export function isBulk({ path }: Asked): boolean {
  return path.endsWith('/_bulk');
}

export function actionsOf(body: Buffer): BulkAction[] {
  const lines = body.toString().trimEnd().split('\n');
  const actions: BulkAction[] = [];
  while (lines.length > 0) {
    const header = lines.shift() as string;
    const [name, { _id: id }] = Object.entries(JSON.parse(header))[0] as [string, { _id: string }];
    const rest = name === 'delete' ? [] : [lines.shift() as string];
    actions.push({ name, id, lines: [header, ...rest] });
  }
  return actions;
}

/** The status of each action of a bulk that was answered; of the whole where that was refused. */
export function statusesOf(reply: Reply | null): number[] {
  if (!reply) return [];
  if (reply.status !== 200) return [reply.status];
  const { items } = JSON.parse(reply.body.toString()) as { items: Record<string, { status: number }>[] };
  return items.flatMap((item) => Object.values(item).map(({ status }) => status));
}

export interface Rejections {
  /** Whole requests, and actions of requests of which others went through: of the journal, and of the data. */
  wholes: Record<'journal' | 'data', number>;
  singles: Record<'journal' | 'data', number>;
}

/** A queue that is full now and then: a bulk in four is rejected, and each second action of another. */
export function fullQueue(): { trouble: Trouble; seen: Rejections } {
  const seen: Rejections = { wholes: { journal: 0, data: 0 }, singles: { journal: 0, data: 0 } };
  const bulks = { journal: 0, data: 0 };
  return {
    seen,
    async trouble(asked, pass) {
      if (!isBulk(asked)) return pass();
      const of = isDataBulk(asked) ? 'data' : 'journal';
      bulks[of] += 1;
      if (bulks[of] % 4 === 1) {
        seen.wholes[of] += 1;
        return replyOf(429, JSON_TYPE, { error: REJECTED, status: 429 });
      }
      if (bulks[of] % 4 !== 3) return pass();
      const actions = actionsOf(asked.body);
      const rejected = actions.filter((_, n) => n % 2 === 1);
      seen.singles[of] += rejected.length;
      return rejectSome(actions, new Set(rejected), pass);
    },
  };
}

const JSON_TYPE = 'application/json; charset=UTF-8';
const REJECTED = {
  type: 'rejected_execution_exception',
  reason: 'rejected execution of primary operation: queue capacity = 1, queued tasks = 1',
};

/** The others are passed on; the answer tells of all, in the order asked. */
async function rejectSome(
  actions: readonly BulkAction[],
  rejected: ReadonlySet<BulkAction>,
  pass: Pass,
): Promise<Reply | null> {
  const rest = actions.filter((action) => !rejected.has(action));
  const reply = await pass(`${rest.flatMap(({ lines }) => lines).join('\n')}\n`);
  if (reply?.status !== 200) return reply;
  const told = JSON.parse(reply.body.toString()) as { items: JsonObject[] };
  const items = actions.map((action) =>
    rejected.has(action)
      ? { [action.name]: { _id: action.id, status: 429, error: REJECTED } }
      : told.items.shift(),
  );
  return replyOf(200, JSON_TYPE, { ...told, errors: true, items });
}
