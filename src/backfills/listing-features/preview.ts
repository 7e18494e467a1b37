import type { VerifyTable } from '../define.ts';
import { FIELDS, fieldsOf, SOURCE, toListing, WHOLE_TEXT } from './listing.ts';
import type { ListingIndex } from './listing-index.ts';
import { several } from './numbers.ts';
import type { SplitListing, SplitOne } from './process.ts';
import { cell } from './text-cell.ts';

/** What a run would write into each of the listings, beside what it holds. */
export async function preview(
  index: ListingIndex,
  splitOne: SplitOne,
  ids: readonly string[],
): Promise<VerifyTable[]> {
  const found = await index.get(ids, [...SOURCE, WHOLE_TEXT]);
  const tables = await Promise.all(
    found.map(async (document): Promise<VerifyTable> => {
      const listing = toListing(document);
      const looked = await splitOne(listing);
      const would = looked.split && fieldsOf(looked.split);
      const rows = FIELDS.map((field) => [
        field,
        cell(listing.now[field]),
        would ? cell(would[field]) : cell(listing.now[field]),
      ]);
      return {
        title: `Listing ${listing.id}: ${inWords(listing.urls.length, looked)}`,
        columns: ['field', 'now', 'after a run'],
        rows: [...rows, [WHOLE_TEXT, cell(listing.wholeText), 'stays as it is']],
      };
    }),
  );
  const gone = ids.filter((id) => !found.some((one) => one.id === id));
  if (gone.length === 0) return tables;
  const missing = { title: `Not in ${index.name}`, columns: ['listing'], rows: gone.map((id) => [id]) };
  return [...tables, missing];
}

function inWords(images: number, { cached, unreadable, split }: SplitListing): string {
  if (images === 0) return 'skipped, as it has no images (no_images)';
  const photos = `${several(images, 'photo')}, ${cached} with an analysis`;
  const broken = unreadable > 0 ? `, ${unreadable} with one that cannot be read` : '';
  if (!split) return `skipped (no_cached_analyses): ${photos}${broken}`;
  const { cut, unplaced } = split.counts;
  const beyond = cut.materials + cut.interior + cut.amenities;
  return `${photos}${broken}; ${beyond} beyond the caps, ${unplaced} without a place`;
}
