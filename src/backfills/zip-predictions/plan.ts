import { UsageError } from '../../domain/failure.ts';
import type { Selection } from '../../domain/page.ts';
import { UnreadableArchive } from '../../stores/archives/archive.ts';
import type { PlannedUnit } from '../../stores/file-journal/journal.ts';
import { type OpenedProject, type OpenedProjects, projectOf } from './opened-projects.ts';
import type { KnownProject } from './projects.ts';

export interface Plan {
  /** By size, and then by id. */
  planned: PlannedUnit[];
  /** Images of other projects, by the reason. */
  skipped: Record<string, number>;
}

export interface Planning {
  /** In the order of their ids. */
  projects(): Promise<KnownProject[]>;
  opened: OpenedProjects;
  force: boolean;
}

/** What a run is about. A project that cannot be read counts as one image, which will fail. */
export async function planProjects(
  { projects, opened, force }: Planning,
  { only, unit, order }: Selection,
  { limit, ids }: { limit?: number | undefined; ids?: readonly string[] | undefined } = {},
): Promise<Plan> {
  if (order)
    throw new UsageError(
      'zip-predictions has an order of its own: by size',
      'leave --order out; --projects chooses',
    );
  const skipped: Record<string, number> = {};
  const units: PlannedUnit[] = [];
  for (const project of await projects()) {
    if (unit !== undefined && project.id !== unit) continue;
    const size = await sizeOf(opened, project);
    const why = reasonToSkip(project, only, force);
    if (why) skipped[why] = (skipped[why] ?? 0) + size.planned;
    else if (size.planned > 0) units.push(size);
  }
  units.sort((a, b) => a.planned - b.planned || (a.unit < b.unit ? -1 : 1));
  return { planned: atMost(ids ? ofList(units, ids) : units, limit), skipped };
}

/** Why not; where nobody can say, the one that can is asked again. */
export async function tryOpen(
  opened: OpenedProjects,
  project: KnownProject,
): Promise<OpenedProject | { why: string }> {
  try {
    return await opened.open(project);
  } catch (error) {
    if (!(error instanceof UnreadableArchive)) throw error;
    return { why: [error.message, error.hint].filter(Boolean).join('; ') };
  }
}

async function sizeOf(opened: OpenedProjects, project: KnownProject): Promise<PlannedUnit> {
  const open = await tryOpen(opened, project);
  if ('why' in open) return { unit: project.id, items: 0, planned: 1 };
  return { unit: project.id, items: open.images.length, planned: open.images.length };
}

function reasonToSkip({ done, found }: KnownProject, only: Selection['only'], force: boolean): string | null {
  if (done) return 'done';
  if (only === 'missing' || only === 'all') return found && !force ? 'has-predictions' : null;
  // A project without predictions is one whose archive could not be read, or whose run was ended.
  if (!found) return null;
  if (found.failed === 0) return 'nothing-failed';
  return force ? null : 'has-predictions-and-no-force';
}

function ofList(units: readonly PlannedUnit[], ids: readonly string[]): PlannedUnit[] {
  const listed = Map.groupBy(ids, projectOf);
  return units.map((one) => ({ ...one, planned: Math.min(one.planned, listed.get(one.unit)?.length ?? 0) }));
}

function atMost(units: readonly PlannedUnit[], limit = Number.POSITIVE_INFINITY): PlannedUnit[] {
  let left = limit;
  return units.flatMap((one) => {
    const planned = Math.min(one.planned, left);
    left -= planned;
    return planned > 0 ? [{ ...one, planned }] : [];
  });
}
