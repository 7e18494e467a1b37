import type { Client } from '@opensearch-project/opensearch';
import type { JsonObject } from '../../domain/json.ts';
import { patient } from './patient.ts';

export interface FoundDocument {
  id: string;
  /** What was asked for of it. */
  source: JsonObject;
  /** By which it was sorted. */
  sort: (string | number)[];
}

export interface Pass {
  index: string;
  /** Default: every document that has the field sorted by. */
  query?: JsonObject | undefined;
  /** Has one value per document, different from all others: a keyword or a number. */
  by: string;
  /** Paths of the fields wanted; none: only ids. */
  source?: readonly string[];
  size?: number;
}

/**
 * Every document as it was at the moment of the first request, in the order of a field, page by page, however many there
 * are. Documents with the same value are not torn apart; those without one are left out.
 */
export async function* everyDocument(client: Client, pass: Pass): AsyncGenerator<FoundDocument[]> {
  const { index, query, by, source = [], size = 2_000 } = pass;
  const has = { exists: { field: by } };
  const keepAlive = '5m';
  // A part of the documents would pass for all of them.
  const whole = { allow_partial_pit_creation: false };
  const { pit_id: pit } = await patient(() =>
    client.createPit({ index: [index], keep_alive: keepAlive, ...whole }),
  );
  try {
    let after: (string | number)[] | undefined;
    for (;;) {
      const body = {
        size,
        query: query ? { bool: { filter: [has, query] } } : has,
        sort: [{ [by]: 'asc' }],
        _source: source.length > 0 ? [...source] : false,
        pit: { id: pit, keep_alive: keepAlive },
        track_total_hits: false,
        ...(after && { search_after: after }),
      };
      const found = await patient(() =>
        client.search({ body, allow_partial_search_results: false } as never),
      );
      const hits = (found.hits.hits as unknown as Hit[]).map(
        ({ _id, _source = {}, sort }): FoundDocument => ({ id: _id, source: _source, sort }),
      );
      const page = hits.length < size ? hits : withoutTorn(hits);
      if (page.length > 0) yield page;
      if (hits.length < size) return;
      after = placeAfter(page);
    }
  } finally {
    await patient(() => client.deletePit({ body: { pit_id: [pit] } } as never)).catch(() => undefined);
  }
}

interface Hit {
  _id: string;
  _source?: JsonObject;
  sort: (string | number)[];
}

/** JavaScript would take it for its neighbour, and the next page would begin in the wrong place. */
function placeAfter(page: FoundDocument[]): FoundDocument['sort'] | undefined {
  const sort = page.at(-1)?.sort;
  const vague = sort?.find((value) => typeof value === 'number' && !Number.isSafeInteger(value));
  if (vague !== undefined) throw new Error(`documents cannot be sorted by numbers as great as ${vague}`);
  return sort;
}

/** The last ones of the page that share a value may have others after them: they are read again. */
function withoutTorn(hits: FoundDocument[]): FoundDocument[] {
  const last = String(hits.at(-1)?.sort);
  const whole = hits.filter(({ sort }) => String(sort) !== last);
  if (whole.length === 0)
    throw new Error(`${hits.length} documents have the same value ${last}: it does not tell them apart`);
  return whole;
}
