import type { Command } from 'commander';
import { asStored } from '../id-file.ts';
import { interruption } from '../interrupt.ts';
import { newestRun, perBackfill } from '../per-backfill.ts';
import { runFew } from '../run-few.ts';
import { partsOf } from '../servers.ts';
import { sessionFlags, withSession } from '../session.ts';
import { startFlags, startRequest } from '../start-flags.ts';

const flags = sessionFlags.extend({ config: startFlags.shape.config });

export function oneCommand(program: Command): void {
  const command = program
    .command('one')
    .description(
      'run a backfill over single items, at once and without a question, whatever they hold already',
    );
  perBackfill(
    command,
    {
      flags,
      help: (name) => `It is a run like any other, and can be undone.

Example:
  backfill one ${name} 12345 67890`,
      async action(asked, ids = []) {
        const { name, keeps } = asked.definition;
        const { dataDir, json, config } = asked.given;
        const few = await startRequest(name, startFlags.parse({ only: 'all', config }), asked.options);
        const signal = interruption();
        const wanted = { dataDir, needsWorker: true, parts: partsOf(keeps), signal };
        return withSession(wanted, async (session) => {
          const options = await newestRun(session.client, asked);
          const request = { ...few, options, ids: [...new Set(ids.map(asStored))] };
          return runFew(session, request, { json, signal });
        });
      },
    },
    ['<id...>', 'of the items'],
  );
}
