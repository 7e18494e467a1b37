import { stat } from 'node:fs/promises';
import { detectRule, type GroupRule, groupImages, type ImageGroup } from '../../domain/predictions/groups.ts';
import type { Project } from '../../stores/archives/catalogue.ts';
import { openArchive } from '../../stores/archives/open.ts';

/** A project's images, in the order in which they are worked on: group by group. */
export interface OpenedProject {
  project: Project;
  rule: GroupRule;
  groups: readonly ImageGroup[];
  images: readonly PlannedImage[];
  /** Throws ItemFailure. */
  read(name: string): Promise<Buffer>;
}

export interface PlannedImage {
  /** Of the item: unique over all projects. */
  id: string;
  name: string;
}

/** Opens projects, and keeps those used last: a page finds the archive that the page before has read. */
export interface OpenedProjects {
  /** Throws UnreadableArchive. */
  open(project: Project): Promise<OpenedProject>;
}

const KEPT = 4;

export function openedProjects(groupBy: string): OpenedProjects {
  const kept = new Map<string, { state: string; opened: Promise<OpenedProject> }>();
  return {
    async open(project) {
      const state = await stateOf(project);
      const known = kept.get(project.id);
      kept.delete(project.id);
      const use = known?.state === state ? known : { state, opened: openProject(project, groupBy) };
      kept.set(project.id, use);
      use.opened.catch(() => kept.delete(project.id));
      for (const id of [...kept.keys()].slice(0, -KEPT)) kept.delete(id);
      return use.opened;
    },
  };
}

export function itemId(project: string, name: string): string {
  return `${project}/${name}`;
}

/** Ids of projects have no slash. */
export function projectOf(item: string): string {
  return item.slice(0, item.indexOf('/'));
}

/** Throws UsageError for an expression that cannot be used. */
function ruleFor(groupBy: string, names: readonly string[]): GroupRule {
  if (groupBy === 'auto') return detectRule(names);
  if (groupBy === 'stage' || groupBy === 'folder') return { name: groupBy };
  return { name: 'pattern', pattern: groupBy };
}

async function openProject(project: Project, groupBy: string): Promise<OpenedProject> {
  const archive = await openArchive(project.source);
  const names = archive.images.map(({ name }) => name);
  const rule = ruleFor(groupBy, names);
  const groups = groupImages(names, rule);
  const images = groups.flatMap(({ images: ofGroup }) =>
    ofGroup.map((name) => ({ id: itemId(project.id, name), name })),
  );
  return { project, rule, groups, images, read: archive.read };
}

async function stateOf({ source }: Project): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(source);
    return [mtimeMs, size, ino].join(' ');
  } catch {
    return 'gone';
  }
}
