import type { Client } from '@opensearch-project/opensearch';
import { z } from 'zod';
import { UsageError } from '../../domain/failure.ts';
import { patient } from '../../stores/opensearch/patient.ts';

const field = z.object({
  type: z.string().optional(),
  get properties() {
    return z.record(z.string(), field).optional();
  },
  get fields() {
    return z.record(z.string(), field).optional();
  },
});
type Field = z.infer<typeof field>;

const mappings = z.object({
  dynamic: z.unknown().optional(),
  _source: z
    .object({
      enabled: z.boolean().optional(),
      includes: z.array(z.string()).optional(),
      excludes: z.array(z.string()).optional(),
    })
    .optional(),
  properties: z.record(z.string(), field).default({}),
});
export type Mapping = z.infer<typeof mappings>;

/** Throws UsageError where the name stands for no index, or for several. */
export async function readMapping(client: Client, index: string): Promise<Mapping> {
  const exists = await patient(() => client.indices.exists({ index }));
  if (!exists) {
    throw new UsageError(
      `there is no index ${index}`,
      '--index names the one that holds the listings; OPENSEARCH_URL says on which server.',
    );
  }
  const known = Object.entries(await patient(() => client.indices.getMapping({ index })));
  const [first] = known;
  if (!first || known.length > 1) {
    const names = known.map(([name]) => name).join(', ');
    throw new UsageError(`${index} stands for several indexes: ${names}`, 'Name one of them with --index.');
  }
  return mappings.parse(first[1].mappings);
}

/** Have one value per document, in an order. */
const SORTABLE = new Set(['keyword', 'long', 'integer', 'short', 'byte', 'unsigned_long']);

/** The field itself, or its sub-field `keyword`. */
export function sortableField({ properties }: Mapping, index: string, idField: string): string {
  const found = fieldAt(properties, idField.split('.'));
  if (!found) {
    const known = Object.keys(properties).filter((name) => sortable(properties, name) !== undefined);
    const hint = `--id-field names the field that tells listings apart. There are: ${known.join(', ') || 'none'}.`;
    throw new UsageError(`${index} has no field ${idField}`, hint);
  }
  const name = sortable(properties, idField);
  if (name !== undefined) return name;
  throw new UsageError(
    `listings cannot be told apart by ${idField}: it is ${found.type ?? 'an object'}`,
    'Name a keyword or a whole number with --id-field, or give this one a sub-field `keyword`.',
  );
}

function sortable(properties: Record<string, Field>, name: string): string | undefined {
  const found = fieldAt(properties, name.split('.'));
  if (SORTABLE.has(found?.type ?? '')) return name;
  return found?.fields?.keyword?.type === 'keyword' ? `${name}.keyword` : undefined;
}

function fieldAt(properties: Record<string, Field> | undefined, path: readonly string[]): Field | undefined {
  const [name = '', ...rest] = path;
  const found = properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
  return rest.length === 0 ? found : fieldAt(found?.properties, rest);
}
