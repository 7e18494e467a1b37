import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { choosePorts } from '../../src/stack/ports.ts';

/** Of those that `fetch` takes for other protocols, the ones below 9300. */
const REFUSED = [6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697];

test('OpenSearch gets no port that fetch refuses, also where an earlier start had chosen one', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'backfill-ports-'));
  const file = path.join(folder, 'ports.json');
  try {
    for (const port of REFUSED) {
      await writeFile(file, JSON.stringify({ opensearch: port }));
      const { opensearch } = await choosePorts(folder, ['opensearch']);
      expect(opensearch).toBeGreaterThanOrEqual(6_700);
      expect(opensearch).toBeLessThan(9_200);
      expect(await choosePorts(folder, ['opensearch'])).toEqual({ opensearch });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
