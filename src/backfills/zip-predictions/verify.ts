import type { DatabaseSync } from 'node:sqlite';
import type { VerifyTable } from '../define.ts';
import { ruleText } from './decisions.ts';
import { withDatabase } from './decisions-file.ts';
import type { OpenedProject, OpenedProjects } from './opened-projects.ts';
import type { KnownProject } from './projects.ts';

/** Every database of ours against its archive. A project without one is told, and fails nothing: it is still to be done. */
export async function verifyDatabases(
  projects: readonly KnownProject[],
  opened: OpenedProjects,
): Promise<VerifyTable[]> {
  const rows: VerifyTable['rows'] = [];
  let sound = true;
  for (const project of projects) {
    const { id, done, found } = project;
    if (!found) {
      rows.push([id, null, null, null, null, done ? 'done elsewhere' : 'no predictions yet']);
      continue;
    }
    const faults = await faultsOf(project, opened);
    sound &&= faults.length === 0;
    const { images, groups, singletons, failed } = found;
    rows.push([id, images, groups, singletons, failed, faults.length === 0 ? 'sound' : faults.join('; ')]);
  }
  return [
    {
      title: 'Databases of predictions',
      columns: ['project', 'images', 'groups', 'singletons', 'failed', 'result'],
      rows,
      passed: sound,
    },
  ];
}

async function faultsOf(project: KnownProject, opened: OpenedProjects): Promise<string[]> {
  let open: OpenedProject;
  try {
    open = await opened.open(project);
  } catch (error) {
    return [(error as Error).message];
  }
  try {
    return withDatabase(project.place, (db) => [
      ...integrity(db),
      ...againstArchive(db, open),
      ...valuesOf(db),
    ]);
  } catch (error) {
    return [`cannot be read: ${(error as Error).message}`];
  }
}

function integrity(db: DatabaseSync): string[] {
  const found = db
    .prepare('PRAGMA integrity_check')
    .all()
    .map((row) => String(Object.values(row)[0]));
  return found.length === 1 && found[0] === 'ok'
    ? []
    : found.map((fault) => `integrity: ${fault}`).slice(0, 3);
}

function againstArchive(db: DatabaseSync, { images, groups, rule }: OpenedProject): string[] {
  const saved = db.prepare('SELECT group_rule FROM predictions').get()?.group_rule;
  const rows = db.prepare('SELECT image FROM images').all();
  const names = new Set(rows.map(({ image }) => String(image)));
  const missing = images.filter(({ name }) => !names.has(name)).length;
  const faults: string[] = [];
  if (rows.length !== images.length) faults.push(`${rows.length} images, the archive has ${images.length}`);
  if (missing > 0) faults.push(`${missing} images of the archive are missing`);
  const counted = Number(db.prepare('SELECT count(*) AS n FROM training_decisions').get()?.n);
  if (saved === ruleText(rule) && counted !== groups.length)
    faults.push(`${counted} groups, the archive has ${groups.length}`);
  return faults;
}

/** How many rows break each rule. */
const RULES: Record<string, string> = {
  'groups with another number of images': `SELECT count(*) FROM training_decisions g WHERE image_count <>
     (SELECT count(*) FROM images i WHERE i.group_id = g.group_id)`,
  'groups whose choice is out of range': `SELECT count(*) FROM training_decisions
     WHERE ai_selected_index NOT BETWEEN 0 AND image_count - 1`,
  'groups without a choice, though an image has a score': `SELECT count(*) FROM training_decisions g
     WHERE ai_selected_index IS NULL AND EXISTS
       (SELECT 1 FROM images i WHERE i.group_id = g.group_id AND score IS NOT NULL)`,
  'groups whose choice is not their best image': `SELECT count(*) FROM training_decisions g
     JOIN images i ON i.group_id = g.group_id AND i.image_index = g.ai_selected_index
     WHERE i.score IS NULL OR i.score <
       (SELECT max(score) FROM images other WHERE other.group_id = g.group_id)`,
  'confidences out of range': `SELECT count(*) FROM training_decisions
     WHERE ai_confidence <= 0 OR ai_confidence > 1 OR (image_count = 1 AND ai_confidence <> 1)`,
  'boxes that are none': `SELECT count(*) FROM images WHERE crop_coords IS NOT NULL AND NOT coalesce(
     json_array_length(crop_coords) = 4
     AND crop_coords ->> 0 BETWEEN 0 AND crop_coords ->> 2 AND crop_coords ->> 2 <= 1
     AND crop_coords ->> 1 BETWEEN 0 AND crop_coords ->> 3 AND crop_coords ->> 3 <= 1, 0)`,
  'images with neither score nor reason': `SELECT count(*) FROM images
     WHERE (score IS NULL) = (failure_class IS NULL)`,
};

function valuesOf(db: DatabaseSync): string[] {
  return Object.entries(RULES).flatMap(([fault, query]) => {
    const count = Number(Object.values(db.prepare(query).get() ?? {})[0]);
    return count > 0 ? [`${count} ${fault}`] : [];
  });
}
