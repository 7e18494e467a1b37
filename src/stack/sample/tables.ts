import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fillPapers } from '../context/tables.ts';
import { analysisOf } from './earlier-analysis.ts';
import { vehicleIdOf } from './identity.ts';
import { fillMarkedTables } from './marked-tables.ts';
import type { PlannedImage, SamplePlan } from './plan.ts';
import { dice } from './random.ts';
import { lookOf } from './vehicle.ts';

/** The tables as the people have them who run the script; what an analysis finds has none yet. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS vehicles (
    id uuid PRIMARY KEY,
    year integer,
    make text,
    model text,
    trim text,
    vin text,
    color text,
    paint_code text,
    build_date text,
    rpo_codes text[],
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE IF NOT EXISTS vehicle_images (
    id uuid PRIMARY KEY,
    vehicle_id uuid REFERENCES vehicles (id),
    image_url text,
    storage_path text,
    file_name text,
    created_at timestamptz NOT NULL DEFAULT now(),
    ai_scan_metadata jsonb,
    ai_last_scanned timestamptz,
    ai_component_count integer,
    ai_avg_confidence numeric,
    is_document boolean,
    document_category text
  );
  CREATE INDEX IF NOT EXISTS vehicle_images_vehicle_id ON vehicle_images (vehicle_id, id);`;

interface Filling {
  plan: SamplePlan;
  databaseUrl: string;
  dir: string;
}

/**
 * One transaction; rows that are there stay as they are. Returns the names of tables for papers that hold other rows
 * and were left alone.
 */
export async function fillTables({ plan, databaseUrl, dir }: Filling): Promise<string[]> {
  let others: string[] = [];
  await fillMarkedTables({
    databaseUrl,
    what: `${plan.images.length} images of ${plan.vehicles.length} vehicles from number ${plan.vehicles[0]}`,
    create: TABLES,
    rows: {
      vehicles: plan.vehicles.map(vehicleRow),
      vehicle_images: plan.images.map((image) => imageRow(image, dir)),
    },
    also: async (client, mark) => {
      others = await fillPapers(client, plan, mark);
    },
  });
  return others;
}

/** What an SPID sheet can fill in is often empty, and now and then contradicts the sheet. */
function vehicleRow(vehicle: number): Record<string, unknown> {
  const choose = dice('row', vehicle);
  const look = lookOf(vehicle);
  const vin = choose.pick([
    'own',
    'own',
    'own',
    'none',
    'empty',
    'own',
    'other',
    'none',
    'own',
    'own',
  ] as const);
  return {
    id: vehicleIdOf(vehicle),
    year: look.year,
    make: look.make,
    model: look.model,
    trim: look.trim,
    vin: { own: look.vin, none: null, empty: '', other: lookOf(vehicle + 1).vin }[vin],
    color: look.color.name,
    paint_code: choose.chance(0.4) ? look.paintCode : null,
    build_date: choose.chance(0.2) ? look.buildDate : null,
    rpo_codes: null,
    created_at: new Date(
      Date.UTC(2024, choose.int(0, 11), choose.int(1, 28), choose.int(6, 22)),
    ).toISOString(),
  };
}

function imageRow(image: PlannedImage, dir: string): Record<string, unknown> {
  const choose = dice('row', image.number, image.copyOf === null ? 0 : 1);
  const uploaded = Date.UTC(2025, choose.int(0, 9), choose.int(1, 28), choose.int(6, 22), choose.int(0, 59));
  const byKey = { image_url: null, storage_path: image.key };
  const byUrl = { image_url: pathToFileURL(join(dir, image.key)).href, storage_path: image.key };
  return {
    id: image.id,
    vehicle_id: image.vehicleId,
    ...(image.plant?.reference ?? (choose.chance(0.2) ? byKey : byUrl)),
    file_name: image.key.split('/').at(-1),
    created_at: new Date(uploaded).toISOString(),
    ...analysisOf(image, uploaded),
  };
}
