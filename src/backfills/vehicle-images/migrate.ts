import type { ClientBase, Pool } from 'pg';
import { addMissing } from '../postgres-rows/add-missing.ts';
import { requireFit, requireImages } from './fitness.ts';
import { hasColumn, readShape, type Shape } from './shape.ts';
import { ANALYSIS_COLUMNS, COMPONENT_SEARCH_INDEX, FINDING_TABLE_NAMES, FINDING_TABLES } from './tables.ts';
import { missingViews } from './views.ts';

/**
 * Adds the columns, tables, indexes and views that an analysis needs, and touches nothing that is there.
 * Where nothing is missing no lock is taken. Throws UsageError where the database cannot hold an analysis.
 */
export async function migrate(postgres: Pool): Promise<void> {
  await requireFitness(postgres);
  await addMissing(postgres, { backfill: 'vehicle-images', table: 'vehicle_images', statements });
}

/** What {@link migrate} would add, in words. Reads only; throws UsageError as well. */
export async function check(postgres: Pool): Promise<string[]> {
  await requireFitness(postgres);
  const shape = await readShape(postgres);
  const tables = FINDING_TABLE_NAMES.filter((table) => !shape[table]);
  const views = (await missingViews(postgres)).map(({ name }) => name);
  return [
    ...columnsInWords('vehicle_images', ANALYSIS_COLUMNS, shape),
    ...FINDING_TABLE_NAMES.filter((table) => shape[table]).flatMap((table) =>
      columnsInWords(table, FINDING_TABLES[table], shape),
    ),
    ...(tables.length > 0 ? [`tables ${tables.join(', ')}`] : []),
    ...(views.length > 0 ? [`views ${views.join(', ')}`] : []),
  ];
}

async function requireFitness(postgres: Pool): Promise<void> {
  const shape = await readShape(postgres);
  await requireImages(postgres, shape);
  await requireFit(postgres, shape);
}

function columnsInWords(table: string, wanted: Record<string, string>, shape: Shape): string[] {
  const missing = missingColumns(table, wanted, shape).map(([column]) => column);
  return missing.length > 0 ? [`columns ${missing.join(', ')} of ${table}`] : [];
}

async function statements(database: Pool | ClientBase): Promise<string[]> {
  const shape = await readShape(database);
  const views = (await missingViews(database)).flatMap((view) => view.statements);
  return [...analysisColumns(shape), ...findingTables(shape), ...views];
}

function analysisColumns(shape: Shape): string[] {
  return addColumns('vehicle_images', ANALYSIS_COLUMNS, shape);
}

function findingTables(shape: Shape): string[] {
  return FINDING_TABLE_NAMES.flatMap((table) => {
    const changes = shape[table] ? addColumns(table, FINDING_TABLES[table], shape) : [createTable(table)];
    if (changes.length === 0) return [];
    const unique = `CREATE UNIQUE INDEX IF NOT EXISTS ${table}_image_step_position_key ON ${table} (image_id, step, position)`;
    const byVehicle = `CREATE INDEX IF NOT EXISTS ${table}_vehicle_idx ON ${table} (vehicle_id)`;
    return [
      ...changes,
      unique,
      byVehicle,
      ...(table === 'component_conditions' ? [COMPONENT_SEARCH_INDEX] : []),
    ];
  });
}

function createTable(table: keyof typeof FINDING_TABLES): string {
  const own = Object.entries(FINDING_TABLES[table]).map(
    ([column, type]) => `  ${column} ${type}${CONSTRAINTS[column] ?? ''}`,
  );
  return `CREATE TABLE IF NOT EXISTS ${table} (\n${own.join(',\n')}\n)`;
}

/** Only in tables that are created here: columns added to a table with rows in it stay nullable. */
const CONSTRAINTS: Record<string, string> = {
  id: ' PRIMARY KEY',
  image_id: ' NOT NULL REFERENCES vehicle_images (id) ON DELETE CASCADE',
  step: ' NOT NULL',
  position: ' NOT NULL',
};

function addColumns(table: string, wanted: Record<string, string>, shape: Shape): string[] {
  const additions = missingColumns(table, wanted, shape).map(
    ([column, type]) => `ADD COLUMN IF NOT EXISTS ${column} ${type}`,
  );
  return additions.length > 0 ? [`ALTER TABLE ${table} ${additions.join(', ')}`] : [];
}

function missingColumns(table: string, wanted: Record<string, string>, shape: Shape): [string, string][] {
  return Object.entries(wanted).filter(([column]) => !hasColumn(shape, table, column));
}
