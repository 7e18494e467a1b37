import { setTimeout as sleep } from 'node:timers/promises';
import {
  FIELDS,
  type FieldName,
  fieldsOf,
  type Listing,
  SOURCE,
  toListing,
} from '../backfills/listing-features/listing.ts';
import type { SplitOne } from '../backfills/listing-features/process.ts';
import type { SeenDocument, Target } from '../stores/opensearch/current.ts';
import type { DocumentEdit, Documents } from '../stores/opensearch/documents.ts';

export interface FeatureWriter {
  /** Splits what the cache knows of the listing's photos, and makes its three fields say that. */
  write(zpid: string): Promise<Outcome>;
}

export type Outcome =
  /** What the fields say now; null: the listing does not have the field. */
  | { zpid: string; status: 'written' | 'unchanged'; fields: Fields }
  /** The listing stays as it is. */
  | { zpid: string; status: 'skipped'; class: 'no_images' | 'no_cached_analyses' | 'gone'; fields: null };

export type Fields = Record<FieldName, string | null>;

/** A listing is written by few at once; who meets others this often meets a loop. */
const ROUNDS = 20;

export function createFeatureWriter(documents: Documents, index: string, splitOne: SplitOne): FeatureWriter {
  return {
    async write(zpid) {
      const target = { table: index, row: zpid };
      for (let round = 1; round <= ROUNDS; round += 1) {
        const found = (await documents.read([target], () => SOURCE)).get(target);
        if (!found) return skipped(zpid, 'gone');
        const judged = await judge(zpid, found, splitOne);
        if ('status' in judged) return judged;
        const became = (await documents.write([{ target, version: found, ...judged.edit }])).get(target);
        if (became === 'written') return { zpid, status: 'written', fields: judged.fields };
        if (typeof became === 'object') throw new Error(`OpenSearch refuses it: ${became.refused}`);
        // Others wrote in between, maybe other photos: all of it again, from what is there now.
        await sleep(Math.random() * (became === 'busy' ? 400 : 20) * round);
      }
      throw new Error(
        `OpenSearch is too busy, or others write to it all the time: given up after ${ROUNDS} times`,
      );
    },
  };
}

/** What has to be written, or why nothing has. */
async function judge(
  zpid: string,
  found: SeenDocument,
  splitOne: SplitOne,
): Promise<Outcome | { fields: Fields; edit: Edit }> {
  const listing = toListing({ id: zpid, ...found });
  if (listing.urls.length === 0) return skipped(zpid, 'no_images');
  const { split } = await splitOne(listing);
  if (!split) return skipped(zpid, 'no_cached_analyses');
  const fields = fieldsOf(split);
  const edit = editOf(fields, listing.now);
  return edit ? { fields, edit } : { zpid, status: 'unchanged', fields };
}

function skipped(zpid: string, why: Extract<Outcome, { status: 'skipped' }>['class']): Outcome {
  return { zpid, status: 'skipped', class: why, fields: null };
}

type Edit = Pick<DocumentEdit<Target>, 'set' | 'remove'>;

/** Null: the fields say that already. */
function editOf(fields: Fields, now: Listing['now']): Edit | null {
  const different = FIELDS.filter((field) => (now[field] ?? null) !== fields[field]);
  if (different.length === 0) return null;
  const set = different.flatMap((field): [string, string][] => {
    const text = fields[field];
    return text === null ? [] : [[field, text]];
  });
  return { set: Object.fromEntries(set), remove: different.filter((field) => fields[field] === null) };
}
