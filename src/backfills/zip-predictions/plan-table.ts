import { UnreadableArchive } from '../../stores/archives/archive.ts';
import type { VerifyTable } from '../define.ts';
import { ruleText } from './decisions.ts';
import type { Planning } from './plan.ts';
import type { KnownProject } from './projects.ts';

/** Projects by size, with the rule that groups their images. */
export async function planTable({ projects, opened, force }: Planning): Promise<VerifyTable[]> {
  const rows: VerifyTable['rows'] = [];
  for (const project of await projects()) {
    try {
      const { images, groups, rule } = await opened.open(project);
      const state = images.length === 0 ? 'has no photos' : stateOf(project, force);
      const sizes = groups.map(({ images: ofGroup }) => ofGroup.length);
      const shared = sizes.filter((size) => size > 1);
      const range =
        shared.length > 0 ? `${shared.length} of ${Math.min(...shared)}–${Math.max(...shared)}` : '0';
      rows.push([project.id, images.length, ruleText(rule), range, sizes.length - shared.length, state]);
    } catch (error) {
      if (!(error instanceof UnreadableArchive)) throw error;
      rows.push([project.id, null, null, null, null, `fails: ${error.message}`]);
    }
  }
  const size = (row: VerifyTable['rows'][number]) => Number(row[1] ?? 0);
  return [
    {
      title: 'Projects, small to large',
      columns: ['project', 'images', 'grouped by', 'groups', 'singletons', 'state'],
      rows: rows.sort((a, b) => size(a) - size(b)),
    },
  ];
}

function stateOf({ done, found }: KnownProject, force: boolean): string {
  if (done) return 'done, says the catalogue';
  if (found) return force ? 'to be predicted again' : 'has predictions';
  return 'to be predicted';
}
