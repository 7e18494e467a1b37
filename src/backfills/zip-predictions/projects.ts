import { existsSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../../domain/failure.ts';
import { type Project, readCatalogue, scanProjects } from '../../stores/archives/catalogue.ts';
import { type Head, headOf } from './decisions-file.ts';
import { listOf } from './options.ts';
import type { Places } from './places.ts';

/** A project, and what there is of its predictions. */
export interface KnownProject extends Project {
  /** Where its predictions are, or will be. */
  place: string;
  /** Ours, at that place; null: there are none. */
  found: Head | null;
}

/** In the order of their ids. Throws UsageError for a catalogue that cannot be used, or projects that it lacks. */
export async function knownProjects(
  places: Places,
  wanted: readonly string[] | undefined,
): Promise<KnownProject[]> {
  const projects = await listed(places);
  const names = new Set(projects.map(({ id }) => id));
  const unknown = (wanted ?? []).filter((id) => !names.has(id));
  if (unknown.length > 0) {
    const what = unknown.map((id) => `'${id}'`).join(', ');
    throw new UsageError(`there is no project ${what}`, `those there are: ${listOf([...names].sort())}`);
  }
  const chosen = wanted ? projects.filter(({ id }) => wanted.includes(id)) : projects;
  return chosen
    .map((project) => ({ ...project, ...placeOf(places.databases, project.id) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function listed({ sources, catalogue }: Places): Promise<Project[]> {
  if (catalogue !== null) return readCatalogue(catalogue, sources);
  const usual = path.join(sources, 'catalogue.yaml');
  return existsSync(usual) ? readCatalogue(usual, sources) : scanProjects(sources);
}

/** A database that somebody else has made is left alone: then ours stands beside it. */
function placeOf(folder: string, id: string): Pick<KnownProject, 'place' | 'found'> {
  const usual = path.join(folder, `${id}.db`);
  const beside = path.join(folder, `${id}.predictions.db`);
  const head = existsSync(usual) ? headOf(usual) : null;
  if (!existsSync(usual) || head) return { place: usual, found: head };
  return { place: beside, found: existsSync(beside) ? headOf(beside) : null };
}
