import { rmSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { chooseBest } from '../../domain/predictions/choose.ts';
import type { UnitOutcome } from '../../stores/file-journal/journal.ts';
import { SCHEMA } from './decisions-file.ts';
import { itemId, type OpenedProject } from './opened-projects.ts';
import type { Prediction } from './process.ts';

export interface Decisions {
  runId: string;
  version: string;
  opened: OpenedProject;
  /** Of every image, by item. */
  outcomes: ReadonlyMap<string, UnitOutcome>;
}

/**
 * Writes the whole database of a project. The same outcomes make the same rows, whoever came to them and in whichever order.
 */
export function writeDecisions(file: string, decisions: Decisions): void {
  rmSync(file, { force: true });
  const db = new DatabaseSync(file);
  try {
    // Nobody sees it before it is whole.
    db.exec(`PRAGMA journal_mode = OFF; BEGIN; ${SCHEMA}`);
    fill(db, decisions);
    db.exec('COMMIT');
  } finally {
    db.close();
  }
}

export function ruleText(rule: OpenedProject['rule']): string {
  return rule.name === 'pattern' ? `pattern ${rule.pattern}` : rule.name;
}

function fill(db: DatabaseSync, { runId, version, opened, outcomes }: Decisions): void {
  const { project, rule, groups, images } = opened;
  const numberOf = modelsIn(db);
  let failed = 0;
  for (const [group, { key, images: names }] of groups.entries()) {
    const found = names.map((name): Found => ({ name, ...known(outcomes.get(itemId(project.id, name))) }));
    failed += found.filter(({ prediction }) => prediction === null).length;
    addGroup(db, { group_id: group, group_key: key, found });
    for (const [index, one] of found.entries())
      insert(db, 'images', { ...rowOf(one, numberOf), group_id: group, image_index: index });
  }
  const singletons = groups.filter((one) => one.images.length === 1).length;
  insert(db, 'predictions', {
    ...{ project_id: project.id, run_id: runId, backfill_version: version, source: project.source },
    ...{
      group_rule: ruleText(rule),
      images: images.length,
      failed,
      groups: groups.length - singletons,
      singletons,
    },
  });
}

interface Found {
  name: string;
  prediction: Prediction | null;
  why: Exclude<UnitOutcome, { row: object }> | null;
}

function known(outcome: UnitOutcome | undefined): Pick<Found, 'prediction' | 'why'> {
  if (!outcome) return { prediction: null, why: null };
  if (outcome.row === null) return { prediction: null, why: outcome };
  return { prediction: outcome.row as unknown as Prediction, why: null };
}

function addGroup(
  db: DatabaseSync,
  { found, ...group }: { group_id: number; group_key: string; found: readonly Found[] },
): void {
  const best = chooseBest(found.map(({ prediction }) => prediction?.score ?? null));
  const chosen = best && found[best.index];
  insert(db, 'training_decisions', {
    ...group,
    ...{ image_count: found.length, ai_selected_index: best?.index ?? null },
    ...{ ai_selected_image: chosen?.name ?? null, ai_confidence: best?.confidence ?? null },
    ai_crop_coords: chosen?.prediction ? JSON.stringify(chosen.prediction.crop) : null,
  });
}

function rowOf({ name, prediction, why }: Found, numberOf: (prediction: Prediction) => number): Row {
  if (!prediction)
    return { image: name, failure_class: why?.class ?? null, failure_message: why?.message ?? null };
  const { sha256, width, height, score, crop } = prediction;
  const crop_coords = JSON.stringify(crop);
  return { image: name, sha256, width, height, score, crop_coords, models_id: numberOf(prediction) };
}

/** Numbers the sets of model files, in the order in which images name them. */
function modelsIn(db: DatabaseSync): (prediction: Prediction) => number {
  const numbers = new Map<string, number>();
  return ({ models }) => {
    const key = JSON.stringify(models);
    const models_id = numbers.get(key) ?? numbers.size + 1;
    if (!numbers.has(key)) {
      for (const [role, [name, sha256]] of Object.entries(models))
        insert(db, 'models', { models_id, role, name, sha256 });
      numbers.set(key, models_id);
    }
    return models_id;
  };
}

type Row = Record<string, SQLInputValue>;

function insert(db: DatabaseSync, table: string, row: Row): void {
  const columns = Object.keys(row);
  const places = columns.map(() => '?').join(', ');
  db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`).run(...Object.values(row));
}
