import { groupByFolder } from './folder-groups.ts';
import { groupByPattern } from './pattern-groups.ts';
import { groupByStage, hasStage } from './stage-groups.ts';

/** What makes images alternatives to each other. */
export type GroupRule = { name: 'stage' } | { name: 'folder' } | { name: 'pattern'; pattern: string };

export interface ImageGroup {
  /** Tells the group apart in its project: its folder ('' for the outermost), or its first image's name. */
  key: string;
  /** In the order of their index. */
  images: string[];
}

/** A few strays among staged images (a cover, a contact sheet) are no reason to group by folder. */
const NEARLY_ALL = 0.9;

/** Stages, where at least nine of ten names have a time stamp and a stage; else folders. */
export function detectRule(names: readonly string[]): GroupRule {
  const staged = names.filter(hasStage).length;
  return { name: names.length > 0 && staged >= NEARLY_ALL * names.length ? 'stage' : 'folder' };
}

/**
 * Every image in exactly one group, alone where it has no alternatives; groups by their keys (by code units). The order of
 * `names`, which are all different, changes nothing. Throws UsageError for a pattern that cannot be used.
 *
 * @example
 * groupImages(['a/1.jpg', 'a/2.jpg', 'b/1.jpg'], { name: 'folder' });
 * // [{ key: 'a', images: ['a/1.jpg', 'a/2.jpg'] }, { key: 'b', images: ['b/1.jpg'] }]
 */
export function groupImages(names: readonly string[], rule: GroupRule): ImageGroup[] {
  return grouped(names.toSorted(), rule).sort((a, b) => (a.key < b.key ? -1 : 1));
}

function grouped(sorted: readonly string[], rule: GroupRule): ImageGroup[] {
  switch (rule.name) {
    case 'stage':
      return keyedByFirst(groupByStage(sorted));
    case 'folder':
      return [...groupByFolder(sorted)].map(([key, images]) => ({ key, images }));
    case 'pattern':
      return keyedByFirst(groupByPattern(sorted, rule.pattern));
  }
}

/** What a pattern captures could be the name of an image that it does not match; a first image is in one group alone. */
function keyedByFirst(groups: readonly string[][]): ImageGroup[] {
  return groups.map((images) => ({ key: images[0] ?? '', images }));
}
