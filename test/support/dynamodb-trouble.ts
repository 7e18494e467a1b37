import { type Asked, type Pass, type Reply, replyOf, type Trouble } from './trouble-proxy.ts';

export interface Throttles {
  /** Reads of the cache that were refused, and keys that others left unprocessed. */
  reads: number;
  keys: number;
  /** Writes of the ledger that were refused. */
  ledger: number;
}

/** A table beyond its capacity: one read in three is refused, another leaves half of its keys; so is one write in nine. */
export function throttled(): { trouble: Trouble; seen: Throttles } {
  const seen: Throttles = { reads: 0, keys: 0, ledger: 0 };
  let reads = 0;
  let writes = 0;
  return {
    seen,
    async trouble(asked, pass) {
      if (isBatchGet(asked)) {
        reads += 1;
        if (reads % 3 === 1) {
          seen.reads += 1;
          return refusal();
        }
        return reads % 3 === 2 ? half(asked, pass, seen) : pass();
      }
      if (!isWrite(asked)) return pass();
      writes += 1;
      if (writes % 9 !== 0) return pass();
      seen.ledger += 1;
      return refusal();
    },
  };
}

export function isBatchGet({ headers }: Asked): boolean {
  return headers['x-amz-target'] === 'DynamoDB_20120810.BatchGetItem';
}

function isWrite({ headers }: Asked): boolean {
  return /\.(Put|Update|BatchWrite)Item$/.test(String(headers['x-amz-target']));
}

const JSON_TYPE = 'application/x-amz-json-1.0';

function refusal(): Reply {
  return replyOf(400, JSON_TYPE, {
    __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
    message: 'The level of configured provisioned throughput for the table was exceeded.',
  });
}

type Wanted = Record<string, { Keys: object[] }>;

async function half(asked: Asked, pass: Pass, seen: Throttles): Promise<Reply | null> {
  const { RequestItems } = JSON.parse(asked.body.toString()) as { RequestItems: Wanted };
  const served: Wanted = {};
  const left: Wanted = {};
  for (const [table, wanted] of Object.entries(RequestItems)) {
    const middle = Math.ceil(wanted.Keys.length / 2);
    const rest = wanted.Keys.slice(middle);
    served[table] = { ...wanted, Keys: wanted.Keys.slice(0, middle) };
    if (rest.length > 0) left[table] = { ...wanted, Keys: rest };
    seen.keys += rest.length;
  }
  const reply = await pass(JSON.stringify({ RequestItems: served }));
  if (reply?.status !== 200) return reply;
  return replyOf(200, JSON_TYPE, { ...JSON.parse(reply.body.toString()), UnprocessedKeys: left });
}
