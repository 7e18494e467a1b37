import type { DocumentState } from '../../domain/document-state.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { Split } from '../../domain/listing/split.ts';
import { fingerprint, valueAt } from '../../stores/opensearch/fingerprint.ts';

/** What the split is written into, in the order in which people read it. */
export const FIELDS = [
  'exterior_visual_features',
  'interior_visual_features',
  'amenities_visual_features',
] as const;
export type FieldName = (typeof FIELDS)[number];

/** What the uploader wrote before there was a split; never touched. */
export const WHOLE_TEXT = 'visual_features_text';

const IMAGE_URLS = 'image_vectors.image_url';

/** What a run reads of a listing's document: never the vectors. */
export const SOURCE: readonly string[] = [IMAGE_URLS, ...FIELDS];

export interface Listing {
  id: string;
  /** Addresses of its photos, each once, in the document's order. */
  urls: string[];
  /** What the three fields hold. */
  now: Partial<Record<FieldName, Json>>;
  /** Only where it was asked for. */
  wholeText: Json | undefined;
  /** Fingerprints of all that the split is made of, or replaces. */
  seen: Record<string, string | null>;
  /** The state that it was read in, with the three fields. */
  read: DocumentState;
}

/** Uploaders are not of one mind about `image_vectors`: it is a list, or one image, or null, and some entries lack the URL. */
export function toListing({ id, source, ...state }: DocumentState & { id: string }): Listing {
  const addresses: unknown[] = [valueAt(source, IMAGE_URLS)];
  const urls = addresses.flat(3).filter((one) => typeof one === 'string' && one !== '') as string[];
  const now = FIELDS.flatMap((field) => {
    const value = source[field];
    return value === undefined || value === null ? [] : [[field, value]];
  });
  return {
    id,
    urls: [...new Set(urls)],
    now: Object.fromEntries(now),
    wholeText: source[WHOLE_TEXT],
    seen: Object.fromEntries(SOURCE.map((path) => [path, fingerprint(valueAt(source, path))])),
    read: { ...state, source: pick(source, FIELDS) },
  };
}

function pick(source: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (name in source ? [[name, source[name] as Json]] : [])));
}

/** Null: the field is to be absent. */
export function fieldsOf({ exterior, interior, amenities }: Split): Record<FieldName, string | null> {
  return {
    exterior_visual_features: exterior,
    interior_visual_features: interior,
    amenities_visual_features: amenities,
  };
}
