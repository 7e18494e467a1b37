import type { PageClaim } from '../../domain/page.ts';
import { isSame, type Target } from '../opensearch/documents.ts';
import { entryId, tombstone } from './entries.ts';
import type { Entry, Indexes } from './indexes.ts';

/**
 * Keeps earlier executions of a page from writing these documents any more. An execution writes its journal entry first:
 * so each entry is taken over, or a tombstone put in its place. One that had its entry already may have a write on its
 * way, which names the state of the document that it has seen: so the document is given another state.
 */
export async function fenceOff(indexes: Indexes, page: PageClaim, targets: readonly Target[]): Promise<void> {
  if (targets.length === 0) return;
  const entries = await takeOver(indexes, page, targets);
  let open = targets.filter((target) => entries.get(target)?.live);
  while (open.length > 0) {
    const fieldsOf = (target: Target) => entries.get(target)?.fields ?? {};
    const documents = await indexes.documents.read(open, (target) => Object.keys(fieldsOf(target)));
    const unwritten = open.flatMap((target) => {
      const document = documents.get(target);
      if (!document) return [];
      const written = Object.entries(fieldsOf(target)).every(([field, { after }]) =>
        isSame(document.source[field], after),
      );
      if (written) return [];
      return [{ target, version: document, set: {}, remove: [] }];
    });
    const touched = await indexes.documents.write(unwritten);
    open = open.filter((target) => ['changed', 'busy'].includes(String(touched.get(target))));
  }
}

/** The entries as they are now, under our fence. */
async function takeOver(
  { entries }: Indexes,
  page: PageClaim,
  targets: readonly Target[],
): Promise<Map<Target, Entry>> {
  const taken = new Map<Target, Entry>();
  let open = [...targets];
  while (open.length > 0) {
    const found = await entries.getMany(open.map((target) => entryId(page.runId, target)));
    const wanted = open.map((target) => {
      const id = entryId(page.runId, target);
      const entry = found.get(id);
      if (!entry) return { target, put: { id, source: tombstone(page, target), only: 'new' as const } };
      const source = { ...entry.source, fence: page.fence };
      return { target, put: { id, source, only: 'unchanged' as const, version: entry } };
    });
    const put = await entries.put(wanted.map((one) => one.put));
    for (const { target, put: one } of wanted) if (put.get(one.id)) taken.set(target, one.source);
    open = open.filter((target) => !taken.has(target));
  }
  return taken;
}
