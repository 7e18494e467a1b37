import { afterAll, beforeAll, expect, test } from 'vitest';
import { pending } from '../../src/domain/counts.ts';
import type { Run } from '../../src/domain/run.ts';
import { buildReport } from '../../src/report.ts';
import type { ExpectedImage } from '../../src/stack/sample/expected.ts';
import { storageOf } from '../../src/stack/sample/photo.ts';
import { QUERIES } from '../support/vehicle-queries.ts';
import type { Bill } from '../support/vehicle-simulator.ts';
import {
  analysisIn,
  analysisOf,
  FINDING_TABLES,
  ownVin,
  purchasesFor,
  rowOf,
  sound,
} from '../support/vehicle-truth.ts';
import { startWitness, type Witness } from '../support/vehicle-witness.ts';
import { BACKFILL, type Dump, openVehicleWorld, type VehicleWorld } from '../support/vehicle-world.ts';
import { webUi } from '../support/web-ui.ts';

/** One run over a sample that has everything in it, looked at from all sides; then what comes after it. */
let world: VehicleWorld;
let witness: Witness;
let before: Dump;
let after: Dump;
let first: Run;
let bill: Bill & { purchases: Map<string, number> };
let never: ExpectedImage[];

beforeAll(async () => {
  witness = await startWitness();
  world = await openVehicleWorld({ images: 120, vehicles: 6, seed: 3, providers: witness.url });
  await world.work();
  never = world.owned('never');
  before = await world.dump();
  first = await world.run();
  after = await world.dump();
  bill = { ...(await world.simulator.bill()), purchases: await world.simulator.purchases() };
}, 120_000);
afterAll(async () => {
  await world.close();
  await witness.close();
});

test('the sample has what the promises below are about', () => {
  const categories = new Set(never.map(({ truth }) => truth.document?.category));
  for (const one of ['spid_sheet', 'title', 'registration', 'license', 'not_a_document'] as const)
    expect(categories).toContain(one);
  const spids = never.flatMap(({ number, truth }) =>
    truth.document?.spid ? [{ number, ...truth.document.spid }] : [],
  );
  expect(spids.length).toBeGreaterThan(4);
  expect(never.some(({ copyOf }) => copyOf)).toBe(true);
  expect(never.filter(({ planted }) => planted).length).toBe(8);
  expect(never.some(({ number }) => storageOf(number).gps)).toBe(true);
});

test('the items that fail are the planted ones, each with its class, and nothing is written for them', async () => {
  const failures = await world.client.surroundings.journalOf('vehicle-images').failures(first.runId);
  const expected = never.filter(({ failure }) => failure).map(({ id, failure }) => [id, failure]);
  expect(failures.map(({ item, class: name }) => [item, name]).sort()).toEqual(expected.sort());
  for (const [id] of expected) {
    expect(rowOf(after, 'vehicle_images', id!)).toEqual(rowOf(before, 'vehicle_images', id!));
    expect(findings(after, id!)).toEqual(0);
  }
});

test.for(['exterior', 'interior', 'engine', 'undercarriage', 'document'] as const)(
  'every field of every %s photo is what the photo shows',
  (scene) => {
    const images = sound(never).filter(({ truth }) => truth.scene === scene);
    expect(images.length).toBeGreaterThan(0);
    for (const image of images)
      expect(analysisIn(after, image.id), `${image.id}, photo ${image.number}`).toEqual(analysisOf(image));
  },
);

test('each image says when it was scanned: during the run, and the same in both places', () => {
  for (const { id } of sound(never)) {
    const { ai_last_scanned, ai_scan_metadata } = rowOf(after, 'vehicle_images', id);
    const scanned = Date.parse(String(ai_last_scanned));
    expect(scanned).toBe(Date.parse((ai_scan_metadata as { scanned_at: string }).scanned_at));
    expect(scanned).toBeGreaterThanOrEqual(Date.parse(first.createdAt));
    expect(scanned).toBeLessThanOrEqual(Date.parse(first.finishedAt!));
  }
});

test('images that nobody asked about, and columns that are not the analysis, are untouched', () => {
  const asked = new Set(sound(never).map(({ id }) => id));
  for (const row of before.vehicle_images!) {
    const now = rowOf(after, 'vehicle_images', row.id);
    if (!asked.has(row.id)) expect(now).toEqual(row);
    for (const column of ['vehicle_id', 'image_url', 'storage_path', 'file_name', 'created_at'])
      expect(now[column]).toEqual(row[column]);
  }
  for (const table of FINDING_TABLES)
    expect((after[table] ?? []).filter(({ image_id }) => !asked.has(String(image_id)))).toEqual([]);
});

test('a sheet fills in what the row of its vehicle lacks, and overwrites nothing', () => {
  for (const vehicle of before.vehicles!) {
    const sheets = sheetsOf(vehicle.id);
    const offered: Record<string, unknown[]> = {
      vin: sheets.filter(({ number, vin }) => vin === ownVin(number)).map(({ vin }) => vin),
      paint_code: sheets.map(({ paint_codes }) => paint_codes.join(', ')),
      build_date: sheets.map(({ build_date }) => build_date).filter((date) => date !== null),
      rpo_codes: sheets.map(({ rpo_codes }) => rpo_codes),
    };
    const now = rowOf(after, 'vehicles', vehicle.id);
    for (const [column, values] of Object.entries(offered)) {
      const had = vehicle[column];
      const fills = (had === null || had === '') && values.length > 0;
      expect(fills ? values : [had], `${column} of ${vehicle.id}`).toContainEqual(now[column]);
    }
    const { vin, paint_code, build_date, rpo_codes, ...others } = vehicle;
    expect(now).toMatchObject(others);
  }
  expect(before.vehicles).not.toEqual(after.vehicles);
});

test('a VIN that fails its check is kept and flagged; what contradicts its vehicle is reported', async () => {
  const flagged = sheets().filter(({ number, vin }) => vin !== null && vin !== ownVin(number));
  expect(flagged.length).toBeGreaterThan(0);
  const { rows } = await world.postgres.query(
    'SELECT image_id::text AS id, vin FROM vehicle_spid_data WHERE vin_valid IS FALSE AND vin_reason IS NOT NULL',
  );
  expect(rows.map(({ id, vin }) => [id, vin]).sort()).toEqual(flagged.map(({ id, vin }) => [id, vin]).sort());

  const contradictions = await world.postgres.query(
    'SELECT image_id::text AS id, field, vehicle_value, sheet_value FROM vehicle_spid_contradictions',
  );
  const expected = sheets().flatMap(({ id, vehicleId, vin, paint_codes, build_date }) => {
    const vehicle = rowOf(after, 'vehicles', vehicleId!) as Record<string, string | null>;
    const differs: [field: string, has: string | null | undefined, says: string | null, same: boolean][] = [
      ['vin', vehicle.vin, vin, vehicle.vin === vin],
      ['build_date', vehicle.build_date, build_date, vehicle.build_date === build_date],
      [
        'paint_code',
        vehicle.paint_code,
        paint_codes.join(', '),
        (vehicle.paint_code ?? '').split(', ').some((code) => paint_codes.includes(code)),
      ],
    ];
    return differs
      .filter(([, has, says, same]) => has && says && !same)
      .map(([field, has, says]) => [id, field, has, says]);
  });
  expect(expected.length).toBeGreaterThan(0);
  expect(contradictions.rows.map((row) => Object.values(row)).sort()).toEqual(expected.sort());
});

test('counters reconcile with the rows of the database', async () => {
  const failed = never.filter(({ failure }) => failure).length;
  const copies = sound(never).filter(({ copyOf }) => copyOf).length;
  const orphans = world.images.filter(({ vehicleId }) => vehicleId === null).length;
  expect(first.counts).toEqual({
    total: never.length + orphans,
    written: sound(never).length - copies,
    cached: copies,
    skipped: orphans,
    failed,
    unknown: 0,
    conflicts: 0,
  });
  expect(pending(first.counts)).toBe(0);
  expect(first.classes['no-vehicle']).toBe(orphans);
  const { rows } = await world.postgres.query(
    `SELECT count(*)::int AS n FROM vehicle_images WHERE ai_last_scanned >= $1`,
    [first.createdAt],
  );
  expect(rows[0].n).toBe(first.counts.written + first.counts.cached);
});

test("the providers' bill is the ledger's: each question bought once, exact copies not at all, to the cent", async () => {
  const report = await buildReport(world.client, first);
  const audit = await world.client.surroundings.ledger.audit(first.runId);
  expect(bill.purchases).toEqual(purchasesFor(never));
  expect(bill.repeats).toEqual([]);
  expect(bill.billedCalls).toBe(audit.calls);
  expect(bill.costUsd).toBeCloseTo(report.cost.spentUsd, 6);
  expect(report).toMatchObject({ unknownCalls: [], duplicates: [], cost: { possiblyPaidTwiceUsd: 0 } });
  expect(first).toMatchObject({ holds: {}, unknownHeld: 0, unknownCalls: 0, spent: audit.spent });
  expect(Object.values(report.spentBy).reduce((sum, usd) => sum + usd, 0)).toBeCloseTo(
    report.cost.spentUsd,
    9,
  );
});

test('a document never reaches the appraiser', () => {
  expect(bill.documentsAppraised).toBe(0);
});

test('no picture carries metadata to a provider, and none is larger than what a provider takes', () => {
  expect(witness.pictures.length).toBe(purchasesFor(never).size);
  for (const { metadata, width, height } of witness.pictures) {
    expect(metadata).toEqual([]);
    expect(Math.max(width, height)).toBeLessThanOrEqual(2048);
    expect(Math.min(width, height)).toBeLessThanOrEqual(768);
  }
});

test('the queries that people check progress with run as they are, and give the right figures', async () => {
  const total = world.images.filter(({ vehicleId }) => vehicleId !== null).length;
  const remaining = never.length - sound(never).length;
  const analyzed = total - remaining;
  const percent = ((100 * analyzed) / total).toFixed(1);
  const ask = async (query: keyof typeof QUERIES) => (await world.postgres.query(QUERIES[query])).rows;
  const counts = { analyzed: `${analyzed}`, remaining: `${remaining}` };
  expect(await ask('completion')).toEqual([
    { total_images: `${total}`, ...counts, percent_complete: percent },
  ]);
  expect(await ask('realTime')).toEqual([{ remaining: `${remaining}`, completed: `${analyzed}` }]);
  expect(await ask('progress')).toEqual([{ total: `${total}`, analyzed: `${analyzed}`, percent }]);

  const vehicles = [...Map.groupBy(world.images, ({ vehicleId }) => vehicleId)].flatMap(([id, images]) => {
    if (id === null) return [];
    const { year, make, model } = rowOf(before, 'vehicles', id);
    const left = images.filter(({ failure }) => failure).length;
    const figures = [images.length, images.length - left, left].map(String);
    return [{ year, make, model, image_count: figures[0], analyzed: figures[1], remaining: figures[2] }];
  });
  const top = await ask('topVehicles');
  expect(top).toHaveLength(vehicles.length);
  expect(top).toEqual(expect.arrayContaining(vehicles));
  const lefts = top.map((row) => Number(row.remaining));
  expect(lefts).toEqual(lefts.toSorted((a, b) => b - a));
});

test('the query for sample results shows what the photos show, latest first', async () => {
  const { rows } = await world.postgres.query(QUERIES.sample);
  expect(rows).toHaveLength(3);
  const latest = after
    .vehicle_images!.flatMap(({ ai_last_scanned: at }) => (at === null ? [] : [Date.parse(String(at))]))
    .sort((a, b) => b - a);
  expect(rows.map((row) => row.ai_last_scanned.getTime())).toEqual(latest.slice(0, 3));
  for (const { metadata, ai_last_scanned, ai_avg_confidence, file_name, id, ...row } of rows) {
    const image = never.find((one) => one.id === id)!;
    const expected = analysisOf(image).image;
    expect({
      ...row,
      ai_avg_confidence: Number(ai_avg_confidence),
      ai_scan_metadata: JSON.parse(metadata),
    }).toEqual({
      ...expected,
      ai_last_scanned: undefined,
    });
    expect(file_name).toBe(rowOf(before, 'vehicle_images', id).file_name);
  }
});

test('the Temporal Web UI tells the run, its vehicles, what they did and what it cost', async () => {
  const ui = webUi();
  const workflow = `backfill/${BACKFILL}`;
  const { spentUsd } = (await buildReport(world.client, first)).cost;
  expect(await ui.describe(workflow)).toMatchObject({
    status: 'WORKFLOW_EXECUTION_STATUS_COMPLETED',
    summary: `${BACKFILL}: ${never.length} items`,
    searchAttributes: { BackfillName: [BACKFILL], BackfillStatus: 'done', BackfillCostUsd: spentUsd },
  });
  const details = await ui.currentDetails(workflow);
  expect(details).toContain(first.runId);
  expect(details).toContain(`| ${first.counts.total} | ${first.counts.written} | ${first.counts.cached} |`);

  for (const [vehicle, images] of Map.groupBy(never, ({ vehicleId }) => vehicleId)) {
    const child = `${workflow}/${vehicle}`;
    expect(await ui.describe(child)).toMatchObject({
      status: 'WORKFLOW_EXECUTION_STATUS_COMPLETED',
      summary: `${vehicle}: ${images.length} items`,
    });
    expect(await ui.activitySummaries(child)).toEqual([`page 0: from item 1 of ${images.length}`]);
    expect(await ui.currentDetails(child)).toContain(`${images.length} of ${images.length} items`);
  }
});

test('--only incomplete adds the images that an earlier tool left halfway, and keeps what it left beside', async () => {
  const partly = world.owned('partly');
  const had = await world.dump();
  const run = await world.run({ selection: { only: 'incomplete' } });
  const failed = never.filter(({ failure }) => failure).length;
  const orphans = world.images.filter(({ vehicleId }) => vehicleId === null).length;
  expect(run.counts).toMatchObject({ total: partly.length + failed + orphans, failed, skipped: orphans });
  expect(run.counts.written + run.counts.cached).toBe(partly.length);
  const has = await world.dump();
  expect(partly.some(({ id }) => 'error' in metadataOf(had, id))).toBe(true);
  for (const image of partly) {
    const { error } = metadataOf(had, image.id);
    expect(analysisIn(has, image.id), image.id).toEqual(
      analysisOf(image, error === undefined ? {} : { error }),
    );
  }
  const asked = new Set(partly.map(({ id }) => id));
  for (const row of had.vehicle_images!)
    if (!asked.has(row.id)) expect(rowOf(has, 'vehicle_images', row.id)).toEqual(row);
});

test('a second run over everything costs nothing, and leaves everything as it was', async () => {
  const everything = world.owned('never', 'partly', 'fully');
  const first = await world.run({ selection: { only: 'all' } });
  expect(await world.simulator.purchases()).toEqual(purchasesFor(everything));
  expect(first.counts.failed).toBe(everything.length - sound(everything).length);

  const had = await world.dump();
  const second = await world.run({ selection: { only: 'all' } });
  expect(second).toMatchObject({
    spent: 0,
    spentBy: {},
    counts: { written: 0, cached: sound(everything).length },
  });
  expect(await world.simulator.purchases()).toEqual(purchasesFor(everything));
  expect(withoutTimes(await world.dump())).toEqual(withoutTimes(had));
  for (const image of sound(everything)) {
    const { error } = metadataOf(before, image.id);
    expect(analysisIn(had, image.id), image.id).toEqual(
      analysisOf(image, error === undefined ? {} : { error }),
    );
  }
});

function sheets() {
  return sound(never).flatMap(({ id, number, vehicleId, truth }) =>
    truth.document?.spid ? [{ id, number, vehicleId, ...truth.document.spid }] : [],
  );
}

function sheetsOf(vehicle: string) {
  return sheets().filter(({ vehicleId }) => vehicleId === vehicle);
}

function findings(dump: Dump, image: string): number {
  return FINDING_TABLES.flatMap((table) => dump[table] ?? []).filter(({ image_id }) => image_id === image)
    .length;
}

function metadataOf(dump: Dump, image: string): Record<string, unknown> {
  return (rowOf(dump, 'vehicle_images', image).ai_scan_metadata ?? {}) as Record<string, unknown>;
}

/** When an image was scanned last is what a new run must change. */
function withoutTimes(dump: Dump): Dump {
  const images = dump.vehicle_images!.map(({ ai_last_scanned: _when, ai_scan_metadata, ...row }) => ({
    ...row,
    ai_scan_metadata: { ...(ai_scan_metadata as object), scanned_at: null },
  }));
  return { ...dump, vehicle_images: images };
}
