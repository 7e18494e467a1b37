import type { ContextCounts } from '../../domain/context-score.ts';
import type { Options } from './options.ts';

/** What context is made of; each is a table of records about vehicles. */
export type RecordKind = keyof ContextCounts;

export interface Records {
  /** As a heading. */
  title: string;
  table(options: Options): string;
  /** Names that the column with a record's own date has in such tables; the first one with a value counts. */
  dates?: string[];
  /** What a record says: of each group the first column with a value. */
  words: string[][];
  /** So many records are told at most, and so many characters of each. */
  told: { records: number; characters: number };
  /** Where one of these columns is there, it must match. */
  only?: { columns: string[]; matches: string };
  /** Where one of these columns is there, it must not match. */
  never?: { columns: string[]; matches: string };
}

/** Words for programs in a column that says who made a tag; `\y` is the edge of a word in PostgreSQL. */
const MACHINES =
  '(\\y|_)(ai|auto|automated|automatic|bot|cron|detected|gpt|llm|machine|ml|model|openai|pipeline|rekognition|script|system|vision)(\\y|_)';

export const RECORDS: Record<RecordKind, Records> = {
  spid: {
    title: 'Factory data by SPID',
    table: ({ spidTable }) => spidTable,
    words: [
      ['vin'],
      ['rpo_codes', 'option_codes', 'codes'],
      ['paint_codes', 'paint_code'],
      ['engine_code', 'engine'],
      ['transmission_code', 'transmission'],
      ['axle_code', 'axle_ratio'],
      ['build_date'],
    ],
    told: { records: 3, characters: 400 },
  },
  manuals: {
    title: 'Factory manuals',
    table: ({ manualsTable }) => manualsTable,
    words: [
      ['title', 'name', 'file_name'],
      ['document_type', 'type', 'category', 'kind'],
    ],
    told: { records: 5, characters: 160 },
    only: { columns: ['document_type', 'type', 'category', 'kind'], matches: 'manual' },
  },
  receipts: {
    title: 'Receipts',
    table: ({ receiptsTable }) => receiptsTable,
    dates: ['receipt_date', 'purchase_date', 'transaction_date', 'date'],
    words: [
      ['vendor_name', 'vendor', 'merchant', 'store_name', 'shop'],
      ['description', 'title', 'summary', 'notes'],
      ['items', 'line_items'],
      ['total_amount', 'total', 'amount'],
    ],
    told: { records: 20, characters: 240 },
  },
  events: {
    title: 'Timeline events',
    table: ({ eventsTable }) => eventsTable,
    dates: ['event_date', 'occurred_at', 'happened_at', 'date'],
    words: [
      ['event_type', 'type', 'category'],
      ['title', 'name'],
      ['description', 'notes', 'summary'],
    ],
    told: { records: 20, characters: 240 },
  },
  userTags: {
    title: 'Tags by people',
    table: () => 'image_tags',
    words: [['tag_name', 'name', 'tag', 'label']],
    told: { records: 20, characters: 60 },
    never: { columns: ['created_by', 'source', 'source_type'], matches: MACHINES },
  },
};

export const RECORD_KINDS = Object.keys(RECORDS) as RecordKind[];
