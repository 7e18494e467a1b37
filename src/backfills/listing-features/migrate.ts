import type { Client } from '@opensearch-project/opensearch';
import { UsageError } from '../../domain/failure.ts';
import { patient } from '../../stores/opensearch/patient.ts';
import { FIELDS } from './listing.ts';
import type { ListingIndex } from './listing-index.ts';
import type { Mapping } from './mapping.ts';

/** Searched as text; sorted, grouped and found whole as a keyword. */
const TEXT = { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } } as const;

/** What {@link migrate} would add, in words. Reads only; throws UsageError where the index cannot hold the fields. */
export async function check(index: ListingIndex): Promise<string[]> {
  const missing = await missingFields(index);
  return missing.length > 0 ? [`fields ${missing.join(', ')} of index ${index.name}`] : [];
}

/** Adds the fields that are missing to the mapping; those that are there stay as they are. */
export async function migrate(client: Client, index: ListingIndex): Promise<void> {
  const missing = await missingFields(index);
  if (missing.length === 0) return;
  const properties = Object.fromEntries(missing.map((field) => [field, TEXT]));
  await patient(() => client.indices.putMapping({ index: index.name, body: { properties } }));
}

async function missingFields(index: ListingIndex): Promise<string[]> {
  const mapping = await index.mapping();
  await index.by();
  requireWholeSource(mapping, index.name);
  for (const field of FIELDS) requireText(mapping, index.name, field);
  return FIELDS.filter((field) => !Object.hasOwn(mapping.properties, field));
}

function requireText({ properties }: Mapping, index: string, field: string): void {
  const found = Object.hasOwn(properties, field) ? properties[field] : undefined;
  if (!found || found.type === 'text' || found.type === 'match_only_text') return;
  throw new UsageError(
    `field ${field} of ${index} is ${found.type ?? 'an object'}, and has to be text`,
    'The type of a field cannot be changed: reindex the listings into an index where it is text, or is not mapped yet.',
  );
}

/** An update writes a document anew from its source: what was left out of it would be lost. */
function requireWholeSource({ _source: source }: Mapping, index: string): void {
  const partly = [...(source?.includes ?? []), ...(source?.excludes ?? [])];
  if (source?.enabled !== false && partly.length === 0) return;
  const what =
    source?.enabled === false ? 'keeps no _source' : `keeps a part of _source (${partly.join(', ')})`;
  throw new UsageError(
    `${index} ${what}: each update would lose what is not in it`,
    'Reindex the listings into an index that keeps the whole _source.',
  );
}
