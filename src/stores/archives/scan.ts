import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from '../../domain/failure.ts';
import { type Project, projectIdFault, sameProject } from './project.ts';

/**
 * Each zip and each directory in a folder is a project, with its name (without `.zip`) as id. Hidden ones, links and other
 * files are none. Throws UsageError: the folder cannot be read, a name is no id, or two would have the same.
 */
export async function scanProjects(folder: string): Promise<Project[]> {
  const found = await childrenOf(folder);
  const projects = found.filter(isProject).map((child) => ({
    id: child.isDirectory() ? child.name : child.name.slice(0, -'.zip'.length),
    source: resolve(folder, child.name),
    done: false,
  }));
  const hint = 'rename one, or name the projects in a catalogue';
  for (const { id, source } of projects) {
    const fault = projectIdFault(id);
    if (fault) throw new UsageError(`${source} cannot be a project: ${fault}`, hint);
  }
  const twice = sameProject(projects.map(({ id }) => id));
  if (twice)
    throw new UsageError(
      `${folder} has two projects for one database: '${twice[0]}' and '${twice[1]}'`,
      hint,
    );
  return projects.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function isProject(child: Dirent): boolean {
  if (child.name.startsWith('.') || child.name === '__MACOSX') return false;
  return child.isDirectory() || (child.isFile() && /\.zip$/i.test(child.name));
}

async function childrenOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw new UsageError(
      `${folder} cannot be searched for projects: ${(error as Error).message}`,
      'name a readable folder',
      { cause: error },
    );
  }
}
