import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../../domain/failure.ts';
import { type Project, projectIdFault, sameProject } from './project.ts';

export type { Project } from './project.ts';
export { scanProjects } from './scan.ts';

/**
 * From YAML or JSON: a list of `{ id, source, done? }`, or a map from id to source or to `{ source, done? }`. Relative
 * sources are relative to `sourceDir`. Throws UsageError that names the file and the place in it.
 */
export async function readCatalogue(file: string, sourceDir: string): Promise<Project[]> {
  const projects = entriesOf(file, await contentOf(file)).map(([place, entry]) => {
    const parsed = project.safeParse(entry);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new UsageError(`${[file, place, ...(issue?.path ?? [])].join(': ')}: ${issue?.message}`, FORM);
  });
  const twice = sameProject(projects.map(({ id }) => id));
  if (twice)
    throw new UsageError(
      `${file}: id: '${twice[0]}' and '${twice[1]}' would share one database`,
      'give each project an id of its own',
    );
  return projects.map(({ id, source, done }) => ({
    id,
    source: resolve(sourceDir, source),
    done: done === 'true',
  }));
}

const FORM = "a project is written as { id: dalia, source: dalia.zip, done: false }; 'done' may be left out";

const text = (what: string) => z.string({ error: `expected ${what}` }).min(1, `expected ${what}`);

const project = z.strictObject(
  {
    id: text('a name').superRefine((id, context) => {
      const fault = projectIdFault(id);
      if (fault) context.addIssue(fault);
    }),
    source: text('the path of a zip or directory'),
    done: z.enum(['true', 'false'], { error: 'expected true or false' }).optional(),
  },
  {
    error: ({ code, keys }) =>
      code === 'unrecognized_keys' ? `'${(keys as string[])[0]}' is unknown` : 'expected id and source',
  },
);

/** Each project with its place in the file. */
function entriesOf(file: string, content: unknown): [place: string, entry: unknown][] {
  if (Array.isArray(content)) return content.map((entry, index) => [`project ${index + 1}`, entry]);
  if (typeof content !== 'object' || content === null)
    throw new UsageError(`${file}: expected a list of projects, or a map from id to source`, FORM);
  return Object.entries(content).map(([id, rest]) => {
    if (typeof rest === 'string') return [id, { id, source: rest }];
    return [id, typeof rest === 'object' && !Array.isArray(rest) ? { ...rest, id } : rest];
  });
}

async function contentOf(file: string): Promise<unknown> {
  const fail = (what: string, hint: string, cause: unknown) =>
    new UsageError(`${file} ${what}: ${(cause as Error).message}`, hint, { cause });
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fail('cannot be read', 'name a readable file', error);
  });
  try {
    // Every scalar is read as text: an id such as 0123 or 1e3 stays what was written.
    const document = parseDocument(content, { schema: 'failsafe' });
    const [fault] = document.errors;
    if (fault) throw fault;
    return document.toJS();
  } catch (error) {
    throw fail('is no YAML', FORM, error);
  }
}
