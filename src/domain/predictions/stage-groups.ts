import { folderOf } from './folder-groups.ts';

interface Staged {
  name: string;
  /** `YYYYMMDD_HHMMSS`: as text it sorts by time. */
  stamp: string;
  stage: number;
}

/** `20250705_230713_stage1.5_face_swapped.png`: a time stamp and a stage 1, 1.5, 2 or 3, anywhere in the file's name. */
export function hasStage(name: string): boolean {
  return stagedOf(name) !== null;
}

/**
 * By time stamp, then stage, then name; a group is a run in which the stage rises. Stages of one photo are made one after
 * the other and kept together, so a run ends with its folder: images of two folders that fall into one another by their
 * times are different photos. An image without time stamp or stage is alone.
 */
export function groupByStage(names: readonly string[]): string[][] {
  const staged: Staged[] = [];
  const alone: string[][] = [];
  for (const name of names) {
    const found = stagedOf(name);
    if (found) staged.push(found);
    else alone.push([name]);
  }
  const folders = Map.groupBy(staged, ({ name }) => folderOf(name));
  return [...alone, ...[...folders.values()].flatMap(risingRuns)];
}

function risingRuns(images: readonly Staged[]): string[][] {
  const runs: string[][] = [];
  let before = Number.POSITIVE_INFINITY;
  for (const { name, stage } of images.toSorted(byTimeAndStage)) {
    if (stage > before) runs.at(-1)?.push(name);
    else runs.push([name]);
    before = stage;
  }
  return runs;
}

function byTimeAndStage(a: Staged, b: Staged): number {
  if (a.stamp !== b.stamp) return a.stamp < b.stamp ? -1 : 1;
  return a.stage - b.stage || (a.name < b.name ? -1 : 1);
}

const STAMP = /(?<!\d)\d{8}_\d{6}(?!\d)/;
const STAGE = /(?<![a-z])stage(1\.5|[123])(?!\d|\.\d)/i;

function stagedOf(name: string): Staged | null {
  const file = name.slice(name.lastIndexOf('/') + 1);
  const stamp = STAMP.exec(file)?.[0];
  const stage = STAGE.exec(file)?.[1];
  return stamp === undefined || stage === undefined ? null : { name, stamp, stage: Number(stage) };
}
