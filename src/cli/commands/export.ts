import type { Command } from 'commander';
import { z } from 'zod';
import type { Backfill, BackfillDefinition } from '../../backfills/define.ts';
import { UsageError } from '../../domain/failure.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type Exported, exportTo } from '../export-file.ts';
import { interruption } from '../interrupt.ts';
import { printJson, say } from '../output.ts';
import { cannot, perBackfill, withBackfill } from '../per-backfill.ts';
import { sessionFlags } from '../session.ts';
import { formatCount } from '../table.ts';

const flags = sessionFlags.extend({
  field: z.string().optional().describe('the field').meta({ placeholder: 'name' }),
  out: z
    .string()
    .optional()
    .describe('where to; what is there is replaced when all is written; - is stdout')
    .meta({ placeholder: 'file' }),
});

export function exportCommand(program: Command): void {
  const command = program
    .command('export')
    .description('write one field of every item to a file, {"id": value}: a backup; changes nothing');
  perBackfill(command, {
    flags,
    telling: 'export',
    help: (name) => `Example:\n  backfill export ${name} --field visual_features_text --out backup.json`,
    async action(asked) {
      const { json, ...given } = asked.given;
      const { name } = asked.definition;
      const field = needed('field', given.field, 'a field', name);
      const out = needed('out', given.out, 'a file, or -', name);
      if (out === '-' && json)
        throw new UsageError('--out - and --json both write to stdout', 'give one of them');
      const signal = interruption();
      const wanted = { field, out, json, signal };
      return withBackfill(asked, (backfill) => exportField(backfill, asked.definition, wanted), { signal });
    },
  });
}

function needed(flag: string, given: string | undefined, what: string, name: string): string {
  if (given) return given;
  throw new UsageError(
    `--${flag} is missing: expected ${what}`,
    `'backfill export ${name} --help' shows an example`,
  );
}

interface Wanted {
  field: string;
  out: string;
  json: boolean;
  signal: AbortSignal;
}

async function exportField(
  backfill: Backfill,
  definition: BackfillDefinition,
  { field, out, json, signal }: Wanted,
): Promise<ExitCode> {
  if (!backfill.exportField) throw cannot('export', definition);
  const { values, missing }: Exported = await exportTo(out, backfill.exportField(field), signal);
  const left = missing > 0 ? `; ${formatCount(missing)} have none` : '';
  const where = out === '-' ? '' : ` to ${out}`;
  say(`exported ${field} of ${formatCount(values)} items${where}${left}`);
  if (json) printJson({ backfill: definition.name, field, out, exported: values, missing });
  return EXIT.done;
}
