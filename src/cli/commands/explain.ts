import type { Command } from 'commander';
import { asStored } from '../id-file.ts';
import { cannot, perBackfill, withBackfill } from '../per-backfill.ts';
import { sessionFlags } from '../session.ts';
import { tellTables } from '../tell-tables.ts';

export function explainCommand(program: Command): void {
  const command = program
    .command('explain')
    .description('why items hold what a run wrote into them; changes nothing');
  perBackfill(
    command,
    {
      flags: sessionFlags,
      telling: 'explain',
      help: (name) => `Example:
  backfill explain ${name} 3f6c1c52-8b1e-4c3a-9b0a-2f6f5f6c7d10`,
      async action(asked, ids = []) {
        return withBackfill(asked, async (backfill) => {
          if (!backfill.explain) throw cannot('explain', asked.definition);
          return tellTables(asked.definition, await backfill.explain(ids.map(asStored)), {
            json: asked.given.json,
            whole: true,
          });
        });
      },
    },
    ['<id...>', 'of the items'],
  );
}
