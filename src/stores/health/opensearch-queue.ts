import { request } from 'undici';
import { z } from 'zod';

const NODES = '_nodes/stats/thread_pool?filter_path=_nodes,nodes.*.thread_pool.write.queue';

const stats = z.object({
  _nodes: z.object({ failed: z.number() }),
  nodes: z.record(
    z.string(),
    z.object({ thread_pool: z.object({ write: z.object({ queue: z.number() }) }) }),
  ),
});

/** Tasks in the write queue of the busiest node. The address may hold a user and password. */
export async function opensearchQueue(address: string | undefined, signal: AbortSignal): Promise<number> {
  if (address === undefined) throw new Error('OPENSEARCH_URL is not set');
  const { username, password, origin, pathname } = new URL(address);
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const { statusCode, body } = await request(new URL(NODES, `${origin}${pathname.replace(/\/?$/, '/')}`), {
    headers: username ? { authorization: `Basic ${Buffer.from(user).toString('base64')}` } : {},
    signal,
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`OpenSearch answered HTTP ${statusCode}`);
  const { _nodes, nodes } = parse(text);
  if (_nodes.failed > 0) throw new Error(`${_nodes.failed} nodes of OpenSearch did not answer`);
  return Math.max(...Object.values(nodes).map(({ thread_pool }) => thread_pool.write.queue));
}

function parse(text: string): z.infer<typeof stats> {
  try {
    return stats.parse(JSON.parse(text));
  } catch (error) {
    throw new Error('the answer is not what OpenSearch tells of its nodes', { cause: error });
  }
}
