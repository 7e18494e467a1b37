import type { DatabaseSync } from 'node:sqlite';
import type { JsonObject } from '../../domain/json.ts';
import type { PlannedUnit, UnitOutcome, UnitRange } from './journal.ts';

export function keepUnits(db: DatabaseSync, runId: string, units: readonly PlannedUnit[]): void {
  const insert = db.prepare('INSERT OR REPLACE INTO units VALUES (?, ?, ?, ?, ?)');
  for (const [place, { unit, items, planned }] of units.entries())
    insert.run(runId, place, unit, items, planned);
}

export function unitsOf(db: DatabaseSync, runId: string, { first, last }: UnitRange): PlannedUnit[] {
  const place = '(SELECT place FROM units WHERE run_id = ?1 AND unit =';
  return db
    .prepare(
      `SELECT unit, items, planned FROM units
        WHERE run_id = ?1 AND (?2 IS NULL OR place >= ${place} ?2)) AND (?3 IS NULL OR place <= ${place} ?3))
        ORDER BY place`,
    )
    .all(runId, first ?? null, last ?? null) as unknown as PlannedUnit[];
}

/** Keeps rows until their file can be made. */
export function keepPart(db: DatabaseSync, runId: string, unit: string, item: string, row: JsonObject): void {
  db.prepare('INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?)').run(runId, unit, item, JSON.stringify(row));
}

/** A file's rows are taken away when it is published, so that a look costs no more than what is under construction. */
export function completeUnits(db: DatabaseSync, runId: string): string[] {
  const found = db
    .prepare(
      `SELECT unit FROM units u
        WHERE run_id = ? AND planned = items
          AND NOT EXISTS (SELECT 1 FROM files f WHERE f.run_id = u.run_id AND f.unit = u.unit)
          AND items = (SELECT count(*) FROM parts p WHERE p.run_id = u.run_id AND p.unit = u.unit)
                    + (SELECT count(*) FROM items i WHERE i.run_id = u.run_id AND i.unit = u.unit AND i.status <> 'deferred')
        ORDER BY place`,
    )
    .all(runId);
  return found.map(({ unit }) => String(unit));
}

export function outcomesOf(db: DatabaseSync, runId: string, unit: string): Map<string, UnitOutcome> {
  const outcomes = new Map<string, UnitOutcome>();
  const parts = db.prepare('SELECT item, value FROM parts WHERE run_id = ? AND unit = ?');
  for (const { item, value } of parts.iterate(runId, unit))
    outcomes.set(String(item), { row: JSON.parse(String(value)) as JsonObject });
  const items = db.prepare(
    "SELECT item, status, class, message FROM items WHERE run_id = ? AND unit = ? AND status <> 'deferred'",
  );
  for (const { item, status, class: name, message } of items.iterate(runId, unit))
    outcomes.set(String(item), {
      row: null,
      status: String(status),
      class: String(name),
      message: String(message),
    });
  return outcomes;
}
