import type { Command } from 'commander';
import type { StartRequest } from '../../client.ts';
import { asStored } from '../id-file.ts';
import { interruption } from '../interrupt.ts';
import { perBackfill } from '../per-backfill.ts';
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
      async action({ definition: { name, keeps }, options, given }, ids = []) {
        const { dataDir, json, config } = given;
        const few = await startRequest(name, startFlags.parse({ only: 'all', config }), options);
        const request: StartRequest & { ids: string[] } = { ...few, ids: [...new Set(ids.map(asStored))] };
        const signal = interruption();
        const wanted = { dataDir, needsWorker: true, parts: partsOf(keeps), signal };
        return withSession(wanted, (session) => runFew(session, request, { json, signal }));
      },
    },
    ['<id...>', 'of the items'],
  );
}
