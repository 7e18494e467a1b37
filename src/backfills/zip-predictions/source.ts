import { RunPaused, UsageError } from '../../domain/failure.ts';
import type { FileJournal, PlannedUnit } from '../../stores/file-journal/journal.ts';
import type { Item, SampleRequest, Source } from '../define.ts';
import { type OpenedProject, projectOf } from './opened-projects.ts';
import { type Planning, planProjects, tryOpen } from './plan.ts';
import type { KnownProject } from './projects.ts';

/** One image of a project; or the project itself, where its archive cannot be read: the project fails as that one item. */
export type Work =
  | { kind: 'image'; project: OpenedProject; place: number }
  | { kind: 'unreadable'; why: string };

export interface Selecting extends Planning {
  journal: FileJournal;
}

/** Images, project by project, small ones first. What a run is about is kept in the journal when it starts. */
export function imageSource(selecting: Selecting): Source {
  const { journal } = selecting;

  return {
    async survey(_runId, selection, limit, ids) {
      const { planned: units, skipped } = await planProjects(selecting, selection, { limit, ids });
      const items = units.reduce((sum, { planned }) => sum + planned, 0);
      return { items, units: units.length, skipped, selection, notes: notesOn(units) };
    },

    async fix({ runId, selection, ids, limit }) {
      await journal.keepUnits(runId, (await planProjects(selecting, selection, { limit, ids })).planned);
    },

    async units(runId, selection, after, limit) {
      const kept = await journal.units(runId, {});
      const all = kept.length > 0 ? kept : (await planProjects(selecting, selection)).planned;
      const from = after === null ? 0 : all.findIndex(({ unit }) => unit === after) + 1;
      return all.slice(from, from + limit).map(({ unit, planned }) => ({ unit, items: planned }));
    },

    async read({ runId, selection, scope, after, limit }) {
      const found: Item[] = [];
      const imagesOf = await imagesByProject(selecting);
      const range = { first: after?.unit ?? scope.firstUnit, last: scope.lastUnit };
      for (const { unit, planned, items } of await journal.units(runId, range)) {
        const images = await imagesOf(unit);
        if (items > 0) requireAsPlanned(unit, images, items);
        const chosen = selection.ids ? await listed(journal, runId, images) : images;
        const all = chosen.slice(0, planned);
        const from = after?.unit === unit ? placeAfter(unit, all, after.id) : 0;
        found.push(...all.slice(from, from + limit - found.length));
        if (found.length >= limit) break;
      }
      return found;
    },

    sample: (request) => sample(selecting, request),

    async readByIds(_runId, ids) {
      const found: Item[] = [];
      const imagesOf = await imagesByProject(selecting);
      for (const [project, wanted] of Map.groupBy(ids, projectOf)) {
        const names = new Set(wanted);
        found.push(...(await imagesOf(project)).filter(({ id }) => names.has(id)));
      }
      return found;
    },
  };
}

function notesOn(units: readonly PlannedUnit[]): string[] {
  const parts = units.filter(({ items, planned }) => planned < items).map(({ unit }) => `'${unit}'`);
  if (parts.length === 0) return [];
  const which = parts.length > MOST_NAMED ? `${parts.length} projects` : parts.join(', ');
  return [`only a part of ${which} is selected: that computes embeddings, and makes no database`];
}

const MOST_NAMED = 5;

/** What is no longer there would be counted as gone, photo by photo; a drive that is unplugged comes back. Throws RunPaused. */
function requireAsPlanned(unit: string, images: readonly Item[], planned: number): void {
  const work = images[0]?.row as Work | undefined;
  const unreadable = work?.kind === 'unreadable';
  if (!unreadable && images.length === planned) return;
  throw notAsItWas(
    unit,
    unreadable
      ? work.why
      : `it has ${images.length} photos, and had ${planned} when the run began; ${REMEDY}`,
  );
}

/** Throws RunPaused. */
function placeAfter(unit: string, images: readonly Item[], last: string): number {
  const place = images.findIndex(({ id }) => id === last);
  if (place < 0) throw notAsItWas(unit, `${last} is gone; ${REMEDY}`);
  return place + 1;
}

const REMEDY = 'bring the old one back, or cancel the run.';

function notAsItWas(unit: string, what: string): RunPaused {
  const message = `Project ${unit} is not as it was: ${what} Then resume.`;
  return new RunPaused({ kind: 'configuration', message });
}

/** In the order in which they are worked on. */
async function itemsOf({ opened }: Planning, project: KnownProject): Promise<Item[]> {
  const open = await tryOpen(opened, project);
  const { id: unit } = project;
  if ('why' in open) return [{ id: `${unit}/`, unit, row: { kind: 'unreadable', ...open } satisfies Work }];
  return open.images.map(({ id }, place) => {
    const row: Work = { kind: 'image', project: open, place };
    return { id, unit, row };
  });
}

/** The images of a project by its id, of the catalogue as it is now. Throws UsageError for one that it lacks. */
async function imagesByProject(planning: Planning): Promise<(id: string) => Promise<Item[]>> {
  const known = new Map((await planning.projects()).map((project) => [project.id, project]));
  return async (id) => {
    const project = known.get(id);
    if (project) return itemsOf(planning, project);
    throw new UsageError(`project '${id}' is no longer in the catalogue`, 'put it back, or cancel the run');
  };
}

async function listed(journal: FileJournal, runId: string, images: readonly Item[]): Promise<Item[]> {
  const ids = new Set(
    await journal.listed(
      runId,
      images.map(({ id }) => id),
    ),
  );
  return images.filter(({ id }) => ids.has(id));
}

/** As many of each project, at equal distances. */
async function sample(selecting: Selecting, { selection, ids, size, seed }: SampleRequest): Promise<Item[]> {
  const { planned: units } = await planProjects(selecting, selection, { ids });
  const wanted = ids && new Set(ids);
  const drawn: Item[] = [];
  const imagesOf = await imagesByProject(selecting);
  for (const [n, { unit }] of units.entries()) {
    const images = await imagesOf(unit);
    const all = wanted ? images.filter(({ id }) => wanted.has(id)) : images;
    const share = Math.min(all.length, Math.ceil((size - drawn.length) / (units.length - n)));
    const step = all.length / Math.max(1, share);
    const first = seed % Math.max(1, Math.floor(step));
    for (let place = 0; place < share; place += 1)
      drawn.push(all[Math.min(all.length - 1, first + Math.floor(place * step))] as Item);
  }
  return [...new Map(drawn.map((item) => [item.id, item])).values()];
}
