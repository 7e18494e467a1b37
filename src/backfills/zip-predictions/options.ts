import { z } from 'zod';

/** Each field becomes a flag. Parsing what was parsed changes nothing. */
export const options = z.object({
  sourceDir: z
    .string()
    .min(1, 'expected a folder')
    .default('original')
    .describe('folder of the zips and directories; relative to --data-dir')
    .meta({ placeholder: 'folder' }),
  catalogue: z
    .string()
    .min(1, 'expected a file')
    .optional()
    .describe(
      'YAML or JSON that says which projects there are (default: catalogue.yaml in --source-dir, or what lies there)',
    )
    .meta({ placeholder: 'file' }),
  projects: z
    .preprocess(
      (given) => (typeof given === 'string' ? idsIn(given) : given),
      z.array(z.string().min(1, 'expected ids of projects, with commas between them')),
    )
    .optional()
    .describe('only these projects, with commas between them; a comma in an id is written \\,')
    .meta({ placeholder: 'ids' }),
  groupBy: z
    .string()
    .min(1)
    .default('auto')
    .describe(
      'stage, folder, or a regular expression whose first group names the group (default: what fits the names)',
    )
    .meta({ placeholder: 'rule' }),
  force: z
    .boolean()
    .default(false)
    .describe('predict again where a file of ours is; the old one is kept beside it'),
});
export type Options = z.infer<typeof options>;

/** No id has a backslash. */
function idsIn(list: string): string[] {
  return list.split(/(?<!\\),/).map((id) => id.trim().replaceAll('\\,', ','));
}

/** As `--projects` takes it. */
export function listOf(ids: readonly string[]): string {
  return ids.map((id) => id.replaceAll(',', '\\,')).join(', ');
}
