import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { RunPaused } from '../../domain/failure.ts';
import { UnreadableArchive } from '../../stores/archives/archive.ts';
import { type FileJournal, PlaceInUse, PlaceTaken } from '../../stores/file-journal/journal.ts';
import { forPerson } from '../../stores/for-person.ts';
import { writeDecisions } from './decisions.ts';
import { logProjects } from './log.ts';
import type { Places } from './places.ts';
import type { Planning } from './plan.ts';
import type { KnownProject } from './projects.ts';

export interface Completing extends Planning {
  places: Places;
  journal: FileJournal;
  version: string;
}

/** Makes the databases of projects whose images are all through. Several workers may be at it: one of them makes each. */
export async function completeProjects(completing: Completing, runId: string): Promise<void> {
  const { journal, projects } = completing;
  const units = await journal.completeUnits(runId);
  if (units.length === 0) return;
  const known = new Map((await projects()).map((project) => [project.id, project]));
  for (const unit of units) {
    const project = known.get(unit);
    if (project) await completeProject(completing, runId, project);
  }
  await logProjects(completing.places, journal, runId);
}

async function completeProject(
  { opened, journal, version, force }: Completing,
  runId: string,
  project: KnownProject,
): Promise<void> {
  const { place } = project;
  // Workers in containers may have one process id.
  const temporary = `${place}.${runId}-${crypto.randomUUID()}.unfinished`;
  try {
    const outcomes = await journal.outcomes(runId, project.id);
    const open = await opened.open(project);
    const strange = open.images.find(({ id }) => !outcomes.has(id));
    if (strange) {
      // The rows went with the file that another worker has made meanwhile.
      if (!(await journal.completeUnits(runId)).includes(project.id)) return;
      throw new UnreadableArchive(
        `${project.source} is not as it was when the run began: ${strange.name} is new.`,
      );
    }
    mkdirSync(path.dirname(place), { recursive: true });
    writeDecisions(temporary, { runId, version, opened: open, outcomes });
    const replace = force ? `${place}.before-${runId}` : undefined;
    await journal.publish({
      runId,
      unit: project.id,
      temporary,
      path: place,
      rows: open.images.length,
      replace,
    });
  } catch (error) {
    const what = whatToMend(error, place);
    if (what === null) throw error;
    throw new RunPaused({ kind: 'configuration', message: `${what}, then resume.` }, { cause: error });
  } finally {
    rmSync(temporary, { force: true });
  }
}

function whatToMend(error: unknown, place: string): string | null {
  if (error instanceof PlaceTaken) return `${error.message} Move it away`;
  if (error instanceof PlaceInUse) return `${error.message} Close the program that has it open`;
  if (error instanceof UnreadableArchive) return `${error.message} Bring the archive back as it was`;
  const why = forPerson(error);
  return why && `${place} cannot be written: ${why}. Mend that`;
}
