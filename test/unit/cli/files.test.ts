import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportTo } from '../../../src/cli/export-file.ts';
import { readQueries } from '../../../src/cli/query-file.ts';
import type { Json } from '../../../src/domain/json.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'backfill-files-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('an export', () => {
  test('is one JSON object with every value, past ten thousand, and counts what has none', async () => {
    const out = path.join(folder, 'backup.json');
    const found = await exportTo(
      out,
      entries(12_003, (n) => (n % 3 === 0 ? null : `a "text" ${n}`)),
    );
    expect(found).toEqual({ values: 8_002, missing: 4_001 });
    const read = JSON.parse(await readFile(out, 'utf8'));
    expect(Object.keys(read)).toHaveLength(8_002);
    expect(read['12002']).toBe('a "text" 12002');
  });

  test('of nothing is an empty object', async () => {
    const out = path.join(folder, 'empty.json');
    expect(
      await exportTo(
        out,
        entries(2, () => null),
      ),
    ).toEqual({ values: 0, missing: 2 });
    expect(JSON.parse(await readFile(out, 'utf8'))).toEqual({});
  });

  test('that breaks off leaves the backup that was there, and no other file', async () => {
    const own = await mkdtemp(path.join(folder, 'broken-'));
    const out = path.join(own, 'backup.json');
    await writeFile(out, '{"1": "whole"}');
    const breaking = entries(5_000, (n) => {
      if (n === 4_000) throw new Error('the index is gone');
      return n;
    });
    await expect(exportTo(out, breaking)).rejects.toThrow('the index is gone');
    const stopped = AbortSignal.abort();
    await expect(
      exportTo(
        out,
        entries(10, (n) => n),
        stopped,
      ),
    ).rejects.toThrow(/abort/i);
    expect(await readFile(out, 'utf8')).toBe('{"1": "whole"}');
    expect(await readdir(own)).toEqual(['backup.json']);
  });

  test('to a place that is none says which, and what to do', async () => {
    const nowhere = path.join(folder, 'no-such-folder', 'backup.json');
    await expect(
      exportTo(
        nowhere,
        entries(1, (n) => n),
      ),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/^--out: cannot write .*no-such-folder.*ENOENT/),
      hint: 'name another file',
    });
  });
});

describe('a file of judged queries', () => {
  test('is read, and ids that are numbers are ids', async () => {
    const query = { query: 'white exterior', field: 'exterior_visual_features' };
    const file = await written([{ ...query, relevant: ['7', 12] }]);
    expect(await readQueries(file)).toEqual([{ ...query, relevant: ['7', '12'] }]);
  });

  test.for([
    ['{"query": "x"}', /: expected a list$/],
    ['[]', /: holds no query$/],
    ['[{"query": "a", "field": "f", "relevant": []}, 3]', /, query 2: expected an object$/],
    ['[{"query": "a", "field": "f", "relevant": "7"}]', /, query 1, relevant: expected a list of ids$/],
    ['[{"query": "a", "field": "f", "relevant": [null]}]', /, query 1, relevant.0: expected an id$/],
    ['[{"query": " ", "field": "f", "relevant": []}]', /, query 1, query: expected what is searched for$/],
    ['[{"query": "a", "relevant": []}]', /, query 1, field: expected the name of a field$/],
    ['[{"query":', /is no JSON: /],
  ] as const)('that is %s is refused with the place and the form', async ([content, message]) => {
    await expect(readQueries(await written(content))).rejects.toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringContaining('"relevant"'),
    });
  });

  test('that is not there is told by its name', async () => {
    const missing = path.join(folder, 'no.json');
    await expect(readQueries(missing)).rejects.toMatchObject({
      message: expect.stringContaining(`--queries: cannot read ${missing}`),
    });
  });
});

async function* entries(count: number, value: (n: number) => Json) {
  for (let n = 1; n <= count; n++) yield { id: String(n), value: value(n) };
}

async function written(content: string | object): Promise<string> {
  const file = path.join(folder, 'queries.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}
