import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FileJournal, MadeFile } from '../../stores/file-journal/journal.ts';
import type { ConcludedRun } from '../define.ts';
import { type Head, headOf } from './decisions-file.ts';
import type { Places } from './places.ts';

/** One line for each project of the run that has none yet. */
export async function logProjects({ log }: Places, journal: FileJournal, runId: string): Promise<void> {
  const files = await journal.files(runId);
  await journal.alone(() => {
    const text = textOf(log);
    const logged = new Set(linesOf(text).flatMap((line) => (line.run_id === runId ? [line.project_id] : [])));
    const news = files.filter(({ unit }) => !logged.has(unit));
    if (news.length === 0) return;
    mkdirSync(path.dirname(log), { recursive: true });
    const moment = new Date().toISOString();
    const lines = news.map((file) =>
      JSON.stringify({ run_id: runId, logged_at: moment, ...aboutProject(file) }),
    );
    const begin = /[^\n]$/.test(text) ? '\n' : '';
    appendFileSync(log, `${begin}${lines.join('\n')}\n`);
  });
}

/** What the whole run came to. Its name is that of the run's start, so that it is written once, however often. */
export async function writeSummary(places: Places, journal: FileJournal, run: ConcludedRun): Promise<void> {
  await logProjects(places, journal, run.runId);
  const file = places.summary(run.startedAt);
  const projects = (await journal.files(run.runId)).map(aboutProject);
  const { runId, end, startedAt, counts, classes } = run;
  const summary = {
    ...{ run_id: runId, status: end, started_at: startedAt, finished_at: new Date().toISOString() },
    ...{ images: counts, classes, projects_completed: projects.length, projects },
  };
  await mkdir(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${crypto.randomUUID()}.unfinished`;
  try {
    await writeFile(unfinished, `${JSON.stringify(summary, null, 2)}\n`);
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
}

function aboutProject({ unit, path: database, sha256 }: MadeFile) {
  const { project: _, runId: __, ...counts } = headOf(database) ?? ({} as Partial<Head>);
  return { project_id: unit, database, sha256, ...counts };
}

/** A line that a killed writer has left half is nobody's, and so is one of another kind. */
function linesOf(text: string): { run_id?: unknown; project_id?: unknown }[] {
  return text.split('\n').flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return typeof value === 'object' && value !== null ? [value] : [];
    } catch {
      return [];
    }
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
