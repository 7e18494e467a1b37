import { randomBytes } from 'node:crypto';
import type { Client } from '@opensearch-project/opensearch';
import type { FieldChange } from '../../src/domain/change.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { openSearch } from '../../src/stores/opensearch/client.ts';
import { fingerprint, valueAt } from '../../src/stores/opensearch/fingerprint.ts';
import { createOpenSearchJournal } from '../../src/stores/opensearch-journal/index.ts';
import type { OpenSearchJournal } from '../../src/stores/opensearch-journal/journal.ts';
import { type Shaky, shaky } from './opensearch-shaky.ts';

/** An index with documents, and a journal beside it, for all tests of a file. */
export interface OpenSearchData {
  client: Client;
  journal: OpenSearchJournal;
  index: string;
  /** Another journal's name, whose indexes go with the rest. */
  spare(): string;
  /** Documents and names of one test, or of one of many that go on side by side. */
  corner(): Corner;
  drop(): Promise<void>;
}

export interface Corner {
  client: Client;
  journal: OpenSearchJournal;
  index: string;
  /** As nobody else is called: a run, a backfill. */
  name(name: string): string;
  /** The id of one of its documents. */
  id(document: string): string;
  /** A second process: its requests can be stopped, lost and sent twice. */
  another(): Shaky;
  /** Its documents as they are now, by name. Null: there is none. */
  put(documents: Record<string, JsonObject | null>): Promise<void>;
  dump(): Promise<Record<string, JsonObject>>;
  /** As a source would read it now: the change that sets these fields, having seen them and what they are made from. */
  change(document: string, fields: JsonObject, table?: string): Promise<FieldChange>;
}

/** What the tests' values are made from. */
const INPUT = 'photos.url';

export async function openOpenSearchData(): Promise<OpenSearchData> {
  const address = process.env.OPENSEARCH_URL;
  if (!address) throw new Error('OPENSEARCH_URL is not set');
  const prefix = `t${randomBytes(6).toString('hex')}`;
  const index = `${prefix}-data`;
  const journalName = `${prefix}-journal`;
  const client = openSearch(address);
  const journal = createOpenSearchJournal(client, journalName);
  await client.indices.create({
    index,
    body: {
      settings: { number_of_replicas: 0, refresh_interval: '-1' },
      // Any field holds anything.
      mappings: { dynamic: false },
    },
  });
  await journal.migrate();
  const others: Client[] = [];
  let names = 0;
  const another = () => {
    const other = openSearch(address);
    others.push(other);
    return shaky(other, createOpenSearchJournal(other, journalName));
  };
  return {
    client,
    journal,
    index,
    spare: () => `${prefix}-spare${names++}`,
    corner: () => corner({ client, journal, index, another }, `${names++}`),
    async drop() {
      await client.indices.delete({ index: `${prefix}-*` });
      await Promise.all([client, ...others].map((one) => one.close()));
    },
  };
}

function corner(shared: Pick<Corner, 'client' | 'journal' | 'index' | 'another'>, number: string): Corner {
  const { client, index } = shared;
  const id = (document: string) => `${number}.${document}`;
  const known = new Set<string>();
  return {
    ...shared,
    name: (name) => `${name} ${number}`,
    id,
    async put(documents) {
      for (const name of Object.keys(documents)) known.add(name);
      const body = Object.entries(documents).flatMap(([name, source]) =>
        source ? [{ index: { _id: id(name) } }, source] : [{ delete: { _id: id(name) } }],
      );
      const { body: done } = await client.bulk({ index, body });
      if (done.errors) throw new Error(JSON.stringify(done.items));
    },
    async dump() {
      const names = [...known].sort();
      const { body } = await client.mget({ index, body: { ids: names.map(id) } });
      const docs = body.docs as unknown as { found: boolean; _source: JsonObject }[];
      return Object.fromEntries(
        names.flatMap((name, n) => (docs[n]?.found ? [[name, docs[n]._source]] : [])),
      );
    },
    async change(document, fields, table = index) {
      const { body } = await client.get({ index: table, id: id(document) });
      const source = body._source as JsonObject;
      const paths = [...Object.keys(fields), INPUT];
      const seen = Object.fromEntries(paths.map((path) => [path, fingerprint(valueAt(source, path))]));
      const { _index, _seq_no: seqNo = 0, _primary_term: primaryTerm = 0 } = body;
      const held = Object.keys(fields).filter((field) => field in source);
      const read = {
        ...{ index: _index, seqNo, primaryTerm },
        source: Object.fromEntries(held.map((field) => [field, source[field] as Json])),
      };
      return { kind: 'fields', table, id: id(document), fields, seen, by: {}, read };
    },
  };
}
