import { sampleUuid, vehicleIdOf } from '../sample/identity.ts';
import { type Dice, dice } from '../sample/random.ts';
import { lookOf } from '../sample/vehicle.ts';
import { type Holdings, holdingsOf } from './holdings.ts';
import type { Trail } from './trails.ts';
import { EVENT_TYPES, HOSTILE, TAGS, VENDORS, WORK } from './wording.ts';

export type Row = Record<string, unknown>;

/** Rows by table, as people have them. */
export interface Papers {
  receipts: Row[];
  timeline_events: Row[];
  reference_documents: Row[];
  vehicle_spid_data: Row[];
  image_tags: Row[];
}

export interface Documented {
  vehicle: number;
  trail: Trail;
  /** Its place among those of its trail, from 0. The first `usual` one has hostile texts. */
  rank: number;
  /** Ids of its photos. */
  photos: readonly string[];
}

/** Pure and stable. */
export function papersOf({ vehicle, trail, rank, photos }: Documented): Papers {
  const held = holdingsOf(vehicle, trail, rank);
  const hostile = trail === 'usual' && rank === 0;
  const years = rank % 3 === 1 ? LONG_AGO : RECENT;
  const each = (kind: keyof Holdings, row: (position: number) => Row) =>
    Array.from({ length: held[kind] }, (_, position) => row(position));
  return {
    receipts: each('receipts', (position) =>
      said(hostile, position, ['vendor', 'description'], receiptOf(vehicle, position, years)),
    ),
    timeline_events: each('events', (position) =>
      said(hostile, position + 2, ['title', 'description'], eventOf(vehicle, position)),
    ),
    reference_documents: [
      ...each('manuals', (position) => manualOf(vehicle, position)),
      ...each('brochures', (position) => brochureOf(vehicle, position)),
    ],
    vehicle_spid_data: each('sheets', (position) => sheetOf(vehicle, position)),
    image_tags: each('tags', (position) => ({
      id: sampleUuid('tag', placeOf(vehicle, position)),
      image_id: photos[position % photos.length],
      vehicle_id: vehicleIdOf(vehicle),
      tag_name: TAGS[position % TAGS.length],
      tag_type: 'note',
    })),
  };
}

type Years = readonly [from: number, to: number];
const LONG_AGO: Years = [2004, 2012];
const RECENT: Years = [2022, 2025];

export function receiptOf(vehicle: number, position: number, years: Years = RECENT): Row {
  const choose = dice('receipt', vehicle, position);
  const { part, price } = choose.pick(WORK);
  const receipt_date = dayWithin(choose, years);
  return {
    id: sampleUuid('receipt', placeOf(vehicle, position)),
    vehicle_id: vehicleIdOf(vehicle),
    vendor: choose.pick(VENDORS),
    description: part,
    amount: choose.real(price[0], price[1], 2),
    receipt_date,
    created_at: `${receipt_date}T12:00:00Z`,
  };
}

function eventOf(vehicle: number, position: number): Row {
  const choose = dice('event', vehicle, position);
  const { done, part } = choose.pick(WORK);
  return {
    id: sampleUuid('event', placeOf(vehicle, position)),
    vehicle_id: vehicleIdOf(vehicle),
    event_type: choose.pick(EVENT_TYPES),
    title: done,
    description: choose.chance(0.5) ? `With ${part}, at ${choose.int(20, 180)},000 miles.` : null,
    event_date: dayWithin(choose, [1995, 2025]),
  };
}

function manualOf(vehicle: number, position: number): Row {
  const { year, make, model } = lookOf(vehicle);
  const title = `${year} ${make} ${model} factory service manual, volume ${position + 1}`;
  return documentOf(vehicle, 'manual', position, { document_type: 'factory_manual', title });
}

function brochureOf(vehicle: number, position: number): Row {
  const { year, make, model } = lookOf(vehicle);
  const title = `${year} ${make} ${model} sales brochure`;
  return documentOf(vehicle, 'brochure', position, { document_type: 'brochure', title });
}

function documentOf(vehicle: number, kind: string, position: number, what: Row): Row {
  const id = sampleUuid(kind, placeOf(vehicle, position));
  return { id, vehicle_id: vehicleIdOf(vehicle), ...what, url: `https://example.com/library/${id}.pdf` };
}

/** Without the VIN: what a person typed never contradicts the vehicle's row. */
function sheetOf(vehicle: number, position: number): Row {
  const { rpoCodes, paintCode, buildDate } = lookOf(vehicle);
  return {
    id: sampleUuid('sheet', placeOf(vehicle, position)),
    vehicle_id: vehicleIdOf(vehicle),
    rpo_codes: rpoCodes,
    paint_codes: [paintCode],
    build_date: buildDate,
  };
}

/** The row with hostile texts in these columns, where it is to have any. */
function said(hostile: boolean, at: number, columns: readonly string[], row: Row): Row {
  if (!hostile) return row;
  const texts = columns.map((column, index) => [column, HOSTILE[(at + index * 2) % HOSTILE.length]]);
  return { ...row, ...Object.fromEntries(texts) };
}

function dayWithin(choose: Dice, [from, to]: Years): string {
  const date = new Date(Date.UTC(choose.int(from, to), choose.int(0, 11), choose.int(1, 28)));
  return date.toISOString().slice(0, 10);
}

/** No vehicle has more than a thousand papers of a kind. */
function placeOf(vehicle: number, position: number): number {
  return vehicle * 1_000 + position;
}
