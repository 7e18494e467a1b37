import type { PageClaim } from '../../domain/page.ts';
import type { Stored } from '../opensearch/collection.ts';
import type { Target } from '../opensearch/current.ts';
import { isSame } from '../opensearch/documents.ts';
import { busyFor } from '../opensearch/patient.ts';
import { entryId, tombstone, wasWritten } from './entries.ts';
import type { Indexes } from './indexes.ts';
import type { Entry, Pending } from './shapes.ts';

/**
 * Keeps earlier executions of a page from writing these documents any more. One that writes puts its journal entry first:
 * so each entry is taken over, or a tombstone put in its place. One that had its entry already, or puts back what an entry
 * says, may have a write on its way, which names the state of the document that it has seen: so the document is given
 * another state. Afterwards an entry of what was never written is none.
 */
export async function fenceOff(
  indexes: Indexes,
  page: PageClaim,
  { writing, restoring }: Pending,
): Promise<void> {
  const entries = await takeOver(indexes, page, writing);
  const unwritten = await touch(indexes, [...entries.keys(), ...restoring], (target) => entries.get(target));
  const withdrawn = unwritten.flatMap((target) => entries.get(target) ?? []);
  await indexes.entries.put(
    withdrawn.map(({ id, source, ...version }) => ({
      ...{ id, source: { ...source, live: false } },
      ...{ only: 'unchanged' as const, version },
    })),
  );
}

/** Of the entries, which are under our fence now, those that say something. */
async function takeOver(
  { entries }: Indexes,
  page: PageClaim,
  targets: readonly Target[],
): Promise<Map<Target, Stored<Entry>>> {
  const byId = new Map(targets.map((target) => [entryId(page.runId, target), target]));
  const taken = await entries.change([...byId.keys()], (id, now) =>
    now ? { ...now, page: page.page, fence: page.fence } : tombstone(page, byId.get(id) as Target),
  );
  const live = [...byId].flatMap(([id, target]): [Target, Stored<Entry>][] => {
    const entry = taken.get(id);
    return entry?.source.live ? [[target, entry]] : [];
  });
  return new Map(live);
}

/**
 * Except those that hold already all that their entry says. Returns those of which nothing was written. A document that
 * has another state by now, whoever gave it to it, is as good as touched; but it may be what the entry says.
 */
async function touch(
  { documents }: Indexes,
  targets: readonly Target[],
  entryOf: (target: Target) => Stored<Entry> | undefined,
): Promise<Target[]> {
  const imagesOf = (target: Target) => Object.entries(entryOf(target)?.source.fields ?? {});
  const unwritten: Target[] = [];
  const moved = new Set<Target>();
  let open = [...targets];
  for (let round = 0; open.length > 0; round += 1) {
    const found = await documents.read(open, (target) => imagesOf(target).map(([field]) => field));
    const still = open.flatMap((target) => {
      const document = found.get(target);
      const images = imagesOf(target);
      if (!document || moved.has(target)) return [];
      const written = images.every(([field, { after }]) => isSame(document.source[field], after));
      return written && images.length > 0 ? [] : [{ target, version: document, set: {}, remove: [] }];
    });
    const touched = await documents.write(still);
    for (const [target, became] of touched) if (became === 'changed') moved.add(target);
    const again = open.filter((target) => ['changed', 'busy'].includes(String(touched.get(target))));
    for (const target of open) {
      const source = found.get(target)?.source;
      const entry = entryOf(target)?.source;
      if (!again.includes(target) && !(source && entry && wasWritten(entry, source))) unwritten.push(target);
    }
    open = again;
    if ([...touched.values()].includes('busy')) await busyFor(round);
  }
  return unwritten;
}
