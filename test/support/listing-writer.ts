import { type Client, errors } from '@opensearch-project/opensearch';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { FIELDS, type ListingTruth, sameTexts } from './listing-truth.ts';
import type { Listings } from './listing-world.ts';

/** An uploader that goes on with its work while a run does. */
export interface ListingWriter {
  /** What it has written last, by listing and field. */
  edits: Map<string, JsonObject>;
  /** Listings that had their texts before it gave them photos: these texts are of the photos before. */
  late: Set<string>;
  changePrice(zpid: string): Promise<void>;
  /** Photos whose analyses are in the cache, and say something else; once for a listing. */
  addPhotos(zpid: string): Promise<void>;
  /** Writes here and there until the work is at its end. */
  during<T>(work: Promise<T>): Promise<T>;
}

export function openListingWriter(
  opensearch: Client,
  index: string,
  { analysed, plain, after }: ListingTruth,
  listings: Listings,
): ListingWriter {
  const zpids = [...listings.keys()];
  const busy = new Set<string>();
  let strokes = 0;

  const writer: ListingWriter = {
    edits: new Map(),
    late: new Set(),

    async changePrice(zpid) {
      const price = 50_000_000 + strokes++;
      // Two of its own hands may be at the same listing: the later number is the later one.
      const script = {
        source: 'if (ctx._source.price < params.price) { ctx._source.price = params.price }',
        params: { price },
      };
      await opensearch.update({ index, id: zpid, retry_on_conflict: 50, body: { script } } as never);
      const known = Number(writer.edits.get(zpid)?.price ?? 0);
      if (price > known) note(zpid, { price });
    },

    async addPhotos(zpid) {
      if (busy.has(zpid) || !plain.has(zpid)) return;
      busy.add(zpid);
      for (;;) {
        const { body } = await opensearch.get({ index, id: zpid });
        const document = body._source as JsonObject;
        const image_vectors = withOthers(document);
        const seen = { if_seq_no: body._seq_no as number, if_primary_term: body._primary_term as number };
        try {
          await opensearch.update({ index, id: zpid, ...seen, body: { doc: { image_vectors } } });
        } catch (error) {
          if (error instanceof errors.ResponseError && error.statusCode === 409) continue;
          throw error;
        }
        note(zpid, { image_vectors });
        if (FIELDS.some((field) => field in document)) writer.late.add(zpid);
        return;
      }
    },

    async during(work) {
      let working = true;
      const goOn = async () => {
        for (let n = 0; working; n += 1) {
          const zpid = zpids[Math.floor(Math.random() * zpids.length)] as string;
          await (n % 10 === 9 ? writer.addPhotos(zpid) : writer.changePrice(zpid));
        }
      };
      const hands = Promise.all([goOn(), goOn()]);
      try {
        return await work;
      } finally {
        working = false;
        await hands;
      }
    },
  };

  function note(zpid: string, fields: JsonObject): void {
    writer.edits.set(zpid, { ...writer.edits.get(zpid), ...fields });
  }

  function withOthers(document: JsonObject): Json[] {
    const own = document.image_vectors as Json[];
    for (let from = strokes++ % analysed.length; ; from += 1) {
      const urls = [0, 1, 2].map((n) => analysed[(from + n) % analysed.length] as string);
      const more = urls.map((url) => ({ image_url: url, image_type: 'unknown', vector: [0.5, 0.25] }));
      const image_vectors = [...more, ...own];
      if (!sameTexts(after({ ...document, image_vectors }), after(document))) return image_vectors;
    }
  }

  return writer;
}
