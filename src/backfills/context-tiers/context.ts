import type { ClientBase, Pool } from 'pg';
import type { ContextCounts } from '../../domain/context-score.ts';
import { countsSql, recordsSql } from './context-sql.ts';
import { RECORD_KINDS, RECORDS, type RecordKind } from './records.ts';
import type { ContextSources } from './sources.ts';

/** What is known of a vehicle besides the photo. */
export interface VehicleContext {
  counts: ContextCounts;
  /** For a model to read, a line for each record. The same records make the same text. */
  text: string;
}

/** Of all these vehicles, in two queries; also of those that nothing is known of. */
export async function readContexts(
  database: Pool | ClientBase,
  sources: ContextSources,
  vehicles: readonly string[],
): Promise<Map<string, VehicleContext>> {
  const ids = [...new Set(vehicles)];
  if (ids.length === 0) return new Map();
  const counted = await database.query<{ vehicle: string } & ContextCounts>(countsSql(sources, '$1'), [ids]);
  const told = await database.query<Told>(recordsSql(sources, '$1'), [ids]);
  const countsOf = new Map(counted.rows.map(({ vehicle, ...counts }) => [vehicle, counts]));
  const toldOf = Map.groupBy(told.rows, ({ vehicle }) => vehicle);
  return new Map(
    ids.map((vehicle) => {
      const counts = countsOf.get(vehicle) ?? NOTHING;
      return [vehicle, { counts, text: textOf(counts, toldOf.get(vehicle) ?? []) }];
    }),
  );
}

interface Told {
  vehicle: string;
  kind: RecordKind | 'vehicle';
  words: string;
}

const NOTHING: ContextCounts = { spid: 0, manuals: 0, receipts: 0, events: 0, userTags: 0 };

function textOf(counts: ContextCounts, told: readonly Told[]): string {
  const linesOf = (kind: Told['kind']) =>
    told.filter((one) => one.kind === kind).flatMap(({ words }) => oneLine(words) || []);
  const paragraphs = RECORD_KINDS.map((kind) => {
    const lines = linesOf(kind);
    const { title } = RECORDS[kind];
    if (counts[kind] === 0) return `${title}: none`;
    const newest = lines.length < counts[kind] ? `, ${lines.length} of them here` : '';
    return [`${title} (${counts[kind]}${newest}):`, ...lines.map((line) => `- ${line}`)].join('\n');
  });
  return [`Vehicle: ${linesOf('vehicle')[0] ?? 'unknown'}`, ...paragraphs].join('\n');
}

/** No record can look like two, nor like a heading. */
function oneLine(words: string): string {
  return words.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}
