import type { Answer } from '../../domain/call.ts';
import type { FieldChange, Provenance } from '../../domain/change.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { toUsd } from '../../domain/money.ts';
import type { Item } from '../define.ts';
import { seenOf } from '../postgres-rows/seen.ts';
import type { Options } from './options.ts';
import { costOf, type Findings } from './process.ts';
import type { ContextRow, WrittenKey } from './row.ts';

/** Writes what was found out about one image. `now` is the moment it was judged, ISO in UTC. */
export function changesOf(
  item: Item,
  findings: Findings,
  prices: Options['prices'],
  now: string,
): FieldChange[] {
  const { tier1, tier2, gaps, score } = findings;
  const computed = {
    context_score: score,
    context: contextOf(item, findings, prices, now),
    processing_cost: toUsd(costOf(findings)),
  };
  return [
    write(item, computed, {}),
    write(item, { tier_1: { tier: 1, ...json(tier1.value) } }, provenance(tier1)),
    write(item, { tier_2: tier2 && { tier: 2, ...json(tier2.value) } }, provenance(tier2 ?? tier1)),
    write(item, { gap_finder: gaps && gapsOf(gaps, score) }, provenance(gaps ?? tier1)),
  ];
}

function write({ id, row }: Item, keys: Partial<Record<WrittenKey, Json>>, by: Provenance): FieldChange {
  const { seen } = row as ContextRow;
  const fields = Object.fromEntries(
    Object.entries(keys).map(([key, value]) => [`ai_scan_metadata.${key}`, value]),
  );
  return { kind: 'fields', table: 'vehicle_images', id, fields, seen: seenOf(seen, fields), by };
}

function contextOf(item: Item, { points, route }: Findings, prices: Options['prices'], now: string) {
  const { analysedBefore } = item.row as ContextRow;
  return { points, route, analysed_before: analysedBefore, prices, judged_at: now };
}

/** The score is known; the model only repeats it. */
function gapsOf({ value }: NonNullable<Findings['gaps']>, score: number): JsonObject {
  return { tier: 'gap_finder', ...json(value), current_context_score: score };
}

function provenance({ callKey, model, promptVersion }: Answer<unknown>): Provenance {
  return { callKey, model, promptVersion };
}

/** What was parsed from JSON is JSON, though interfaces have no index signature to say so. */
function json(value: object): JsonObject {
  return value as JsonObject;
}
