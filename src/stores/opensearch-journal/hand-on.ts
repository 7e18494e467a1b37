import type { FieldFate } from './fate.ts';
import { inherits } from './fate.ts';
import type { Indexes } from './indexes.ts';
import type { Entry } from './shapes.ts';

/** Fields of an entry that later runs have overwritten. */
export interface Bequest {
  from: Entry;
  fates: readonly FieldFate[];
}

/**
 * Gives before-images to the entries of later runs. Returns the entries of which a field was not taken, because its heir
 * was rolled back meanwhile: their fates have to be looked at again.
 */
export async function handOn(indexes: Indexes, bequests: readonly Bequest[]): Promise<Set<Entry>> {
  const wishes = bequests.flatMap(({ from, fates }) =>
    fates.flatMap(({ field, heirs }) => heirs.map((heir) => ({ heir: heir.entry, field, from }))),
  );
  const byHeir = Map.groupBy(wishes, ({ heir }) => heir);
  const untaken = new Set<Entry>();
  await indexes.entries.change([...byHeir.keys()], (id, heir) => {
    let changed: Entry | undefined;
    for (const { field, from } of byHeir.get(id) ?? []) {
      const takes = heir?.live && heir.rolled_back_by === null ? inherits(heir, field, from) : null;
      if (!heir || !takes) untaken.add(from);
      else if (takes === 'before') changed = withBefore(changed ?? heir, field, from);
    }
    return changed;
  });
  return untaken;
}

function withBefore(heir: Entry, field: string, from: Entry): Entry {
  const { before: _was, ...images } = heir.fields[field] ?? {};
  const before = from.fields[field]?.before;
  const inherited = { ...images, ...(before !== undefined && { before }) };
  return { ...heir, fields: { ...heir.fields, [field]: inherited } };
}
