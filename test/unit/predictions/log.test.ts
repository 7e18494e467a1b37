import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SCHEMA } from '../../../src/backfills/zip-predictions/decisions-file.ts';
import { logProjects } from '../../../src/backfills/zip-predictions/log.ts';
import { placesIn } from '../../../src/backfills/zip-predictions/places.ts';
import { createFileJournal } from '../../../src/stores/file-journal/index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'log-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('whatever is in the log already, each project of a run gets one line of its own', async () => {
  const at = (name: string) => path.join(folder, name);
  const places = { ...placesIn(folder, { sourceDir: '.' }), log: at('log.jsonl') };
  const journal = createFileJournal(at('journal.db'));
  await journal.openRun({ runId: 'r', backfill: 'test' });
  const db = new DatabaseSync(at('new'));
  db.exec(`${SCHEMA}; INSERT INTO predictions VALUES ('dalia', 'r', '1', 's', 'stage', 3, 1, 1, 0)`);
  db.close();
  await journal.publish({ runId: 'r', unit: 'dalia', temporary: at('new'), path: at('dalia.db'), rows: 3 });
  const before = 'null\n3\n"text"\n[]\n{"run_id":"r","project_id":"da';
  await writeFile(places.log, before);
  await logProjects(places, journal, 'r');
  await logProjects(places, journal, 'r');
  const text = await readFile(places.log, 'utf8');
  expect(text.startsWith(`${before}\n{`)).toBe(true);
  const [line, ...rest] = text.slice(before.length + 1).split('\n');
  expect(rest).toEqual(['']);
  expect(JSON.parse(line ?? '')).toMatchObject({ run_id: 'r', project_id: 'dalia', images: 3, failed: 1 });
  journal.close();
});
