import { pending } from '../domain/counts.ts';
import type { Progress } from './messages.ts';

/** What the Temporal Web UI shows of a run, as Markdown. */
export function detailsOf(backfill: string, { runId, state, reason, counts, scopes }: Progress): string {
  const rows = Object.entries({ ...counts, pending: pending(counts) });
  return [
    `**${backfill}** run \`${runId}\`: **${state}**${reason ? ` (${reason.message})` : ''}`,
    `| ${rows.map(([name]) => name).join(' | ')} |`,
    `| ${rows.map(() => '---:').join(' | ')} |`,
    `| ${rows.map(([, amount]) => amount).join(' | ')} |`,
    '',
    `${scopes.active} children at work, ${scopes.ended} ended. Control: ${commands(backfill, state)}.`,
  ].join('\n');
}

function commands(backfill: string, state: Progress['state']): string {
  const names =
    state === 'awaiting-approval'
      ? ['report', 'approve', 'cancel --rollback']
      : ['pause', 'resume', 'tune', 'cancel'];
  return names.map((name) => `\`backfill ${name} ${backfill}\``).join(', ');
}
