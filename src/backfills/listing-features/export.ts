import type { Client } from '@opensearch-project/opensearch';
import { UsageError } from '../../domain/failure.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { everyDocument } from '../../stores/opensearch/every-document.ts';
import type { ListingIndex } from './listing-index.ts';
import { exists } from './selection.ts';

/**
 * One top-level field of every document, as the index was at one moment, sorted by the field that tells listings apart;
 * those without it come last. Null: the document has no such field.
 */
export async function* exportField(
  client: Client,
  index: ListingIndex,
  field: string,
): AsyncGenerator<{ id: string; value: Json }> {
  await requireField(index, field);
  await index.refresh();
  const by = await index.by();
  const exported = ({ id, source }: { id: string; source: JsonObject }) => ({
    id,
    value: source[field] ?? null,
  });
  for await (const document of index.every({ match_all: {} }, [field])) yield exported(document);
  const query = { bool: { must_not: [exists(by)] } };
  for await (const page of everyDocument(client, { index: index.name, by: '_id', query, source: [field] })) {
    for (const document of page) yield exported(document);
  }
}

async function requireField(index: ListingIndex, field: string): Promise<void> {
  const { properties, dynamic } = await index.mapping();
  // Otherwise documents may have fields that the mapping does not tell of.
  const complete = dynamic !== false && dynamic !== 'false';
  if (Object.hasOwn(properties, field) || !complete) return;
  const known = Object.keys(properties).join(', ');
  throw new UsageError(`${index.name} has no field ${field}`, `Name one of its fields: ${known || 'none'}.`);
}
