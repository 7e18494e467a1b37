import { randomBytes } from 'node:crypto';
import type { Client } from '@opensearch-project/opensearch';
import type { FieldChange } from '../../src/domain/change.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { openSearch } from '../../src/stores/opensearch/client.ts';
import { fingerprint, valueAt } from '../../src/stores/opensearch/fingerprint.ts';
import { createOpenSearchJournal } from '../../src/stores/opensearch-journal/index.ts';
import type { OpenSearchJournal } from '../../src/stores/opensearch-journal/journal.ts';

/** An index of its own with documents, and a journal of its own beside it. */
export interface OpenSearchData {
  client: Client;
  journal: OpenSearchJournal;
  index: string;
  /** A second process: its requests can be stopped. */
  another(): Stoppable;
  put(documents: Record<string, JsonObject>): Promise<void>;
  /** Every document by id. */
  dump(): Promise<Record<string, JsonObject>>;
  /** As a source would read it now: the change that sets these fields, having seen them and what they are made from. */
  change(id: string, fields: JsonObject): Promise<FieldChange>;
  drop(): Promise<void>;
}

export interface Stoppable {
  journal: OpenSearchJournal;
  /** Requests sent so far. */
  sent(): number;
  /** The request of this number, and all after it, are never sent: as if the process were killed. */
  dieAt(request: number): void;
  /** The request of this number waits until it is let go. */
  freezeAt(request: number): { frozen: Promise<void>; thaw(): void };
}

/** What the tests' values are made from. */
const INPUT = 'photos.url';

export async function openOpenSearchData(): Promise<OpenSearchData> {
  const address = process.env.OPENSEARCH_URL;
  if (!address) throw new Error('OPENSEARCH_URL is not set');
  const name = `t${randomBytes(6).toString('hex')}`;
  const index = `${name}-data`;
  const prefix = `${name}-journal`;
  const client = openSearch(address);
  const journal = createOpenSearchJournal(client, prefix);
  await client.indices.create({
    index,
    body: { settings: { number_of_replicas: 0, refresh_interval: '-1' } },
  });
  await journal.migrate();
  const others: Client[] = [];
  const fieldsOf = async (id: string) => {
    const { body } = await client.get({ index, id });
    return body._source as JsonObject;
  };

  return {
    client,
    journal,
    index,
    another() {
      const other = openSearch(address);
      others.push(other);
      return stoppable(other, prefix);
    },
    async put(documents) {
      const body = Object.entries(documents).flatMap(([_id, source]) => [{ index: { _id } }, source]);
      await client.bulk({ index, body });
    },
    async dump() {
      await client.indices.refresh({ index });
      const { body } = await client.search({ index, body: { size: 1_000 } });
      const hits = body.hits.hits as unknown as { _id: string; _source: JsonObject }[];
      return Object.fromEntries(hits.map(({ _id, _source }) => [_id, _source]));
    },
    async change(id, fields) {
      const source = await fieldsOf(id);
      const paths = [...Object.keys(fields), INPUT];
      const seen = Object.fromEntries(paths.map((path) => [path, fingerprint(valueAt(source, path))]));
      return { kind: 'fields', table: index, id, fields, seen, by: {} };
    },
    async drop() {
      await client.indices.delete({ index: `${name}-*` });
      await Promise.all([client, ...others].map((one) => one.close()));
    },
  };
}

function stoppable(client: Client, prefix: string): Stoppable {
  const { transport } = client;
  const request = transport.request.bind(transport) as (...args: unknown[]) => Promise<unknown>;
  let sent = 0;
  let death = Number.POSITIVE_INFINITY;
  let freeze: { at: number; onFrozen: () => void; thawed: Promise<void> } | undefined;
  Object.assign(transport, {
    async request(...args: unknown[]) {
      sent += 1;
      if (sent >= death) throw new Error('killed');
      if (freeze && sent === freeze.at) {
        freeze.onFrozen();
        await freeze.thawed;
      }
      return request(...args);
    },
  });
  return {
    journal: createOpenSearchJournal(client, prefix),
    sent: () => sent,
    dieAt(request) {
      death = sent + request;
    },
    freezeAt(request) {
      const frozen = Promise.withResolvers<void>();
      const thawed = Promise.withResolvers<void>();
      freeze = { at: sent + request, onFrozen: frozen.resolve, thawed: thawed.promise };
      return { frozen: frozen.promise, thaw: thawed.resolve };
    },
  };
}
