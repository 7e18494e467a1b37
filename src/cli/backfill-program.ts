import type { Command } from 'commander';
import { approveCommand } from './commands/approve.ts';
import { budgetCommand } from './commands/budget.ts';
import { cancelCommand } from './commands/cancel.ts';
import { compareCommand } from './commands/compare.ts';
import { coverageCommand } from './commands/coverage.ts';
import { estimateCommand } from './commands/estimate.ts';
import { explainCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { failuresCommand } from './commands/failures.ts';
import { listCommand } from './commands/list.ts';
import { oneCommand } from './commands/one.ts';
import { pauseCommand } from './commands/pause.ts';
import { reportCommand } from './commands/report.ts';
import { resumeCommand } from './commands/resume.ts';
import { retryCommand } from './commands/retry.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { settleCommand } from './commands/settle.ts';
import { stackCommand } from './commands/stack.ts';
import { statusCommand } from './commands/status.ts';
import { tuneCommand } from './commands/tune.ts';
import { verifyCommand } from './commands/verify.ts';
import { watchCommand } from './commands/watch.ts';
import { workerCommand } from './commands/worker.ts';
import { createProgram } from './run-program.ts';

const COMMANDS = [
  estimateCommand,
  coverageCommand,
  oneCommand,
  listCommand,
  statusCommand,
  watchCommand,
  pauseCommand,
  resumeCommand,
  approveCommand,
  tuneCommand,
  cancelCommand,
  retryCommand,
  failuresCommand,
  reportCommand,
  settleCommand,
  budgetCommand,
  verifyCommand,
  compareCommand,
  explainCommand,
  exportCommand,
  rollbackCommand,
  workerCommand,
  stackCommand,
];

export function backfillProgram(): Command {
  const program = createProgram('backfill', 'Look at backfills, steer them, undo them.').addHelpText(
    'after',
    `
Examples:
  backfill stack                       start servers and a worker, and keep them running
  backfill watch vehicle-images        see how the run goes
  backfill rollback vehicle-images     put back what the newest run has changed
  backfill coverage listing-features   how much of what it needs is there

'start-backfill --help' shows what can be started. Exit codes: 0 done, 1 failed, 2 wrong use, 3 done with
failed items, 4 cannot connect, 5 stopped by a budget, 130 interrupted.`,
  );
  for (const add of COMMANDS) add(program);
  return program;
}
