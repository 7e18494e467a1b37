import type { Command } from 'commander';
import { z } from 'zod';
import type { BackfillDefinition } from '../../backfills/define.ts';
import { BACKFILLS } from '../../backfills/registry.ts';
import type { StartRequest } from '../../client.ts';
import type { JsonObject } from '../../domain/json.ts';
import { formatUsd } from '../../domain/money.ts';
import { type Estimate, estimate, LOOKED_AT } from '../../estimate.ts';
import { sampledEstimate } from '../../sampled-estimate.ts';
import { buySample } from '../buy-sample.ts';
import { confirm, requireYes } from '../confirm.ts';
import { describeSurvey } from '../dry-run.ts';
import { estimateJson } from '../estimate-json.ts';
import { estimateTable } from '../estimate-table.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { addFlags, readFlags, wholeNumber } from '../flags.ts';
import { interruption } from '../interrupt.ts';
import { onTerminal, print, printJson, say, showLive } from '../output.ts';
import { asksAnything, refuseOthers } from '../per-backfill.ts';
import { act } from '../run-program.ts';
import { partsOf } from '../servers.ts';
import { type Session, sessionFlags, withSession } from '../session.ts';
import { startFlags, startRequest } from '../start-flags.ts';
import { formatCount } from '../table.ts';

/** What a start takes, so that one command line fits both. */
const flags = startFlags.omit({ dryRun: true, detach: true }).extend(sessionFlags.shape);

/** For backfills that ask: an answer may be bought already, or be bought to know. */
const askingFlags = z.object({
  sample: wholeNumber(1)
    .optional()
    .describe('buy the answers for so many items, spread evenly; the run does not buy them again')
    .meta({ placeholder: 'items' }),
  seed: wholeNumber(0)
    .default(0)
    .describe('the same seed chooses the same sample')
    .meta({ placeholder: 'number' }),
  look: z
    .string()
    .transform((given, context) => lookOf(given) ?? refused(context))
    .default(LOOKED_AT)
    .describe(
      `images read to see what is answered already: all, none, or a number of items (default: ${LOOKED_AT})`,
    )
    .meta({ placeholder: 'items' }),
  yes: z.boolean().default(false).describe('buy the sample without asking'),
});

export function estimateCommand(program: Command): void {
  const command = program
    .command('estimate')
    .description('what a run would cost and how long it would take; buys nothing but a --sample');
  refuseOthers(command);
  for (const definition of BACKFILLS) estimateOne(command, definition);
}

/** One command per backfill, as each has options of its own. */
function estimateOne(program: Command, definition: BackfillDefinition): void {
  const { name, summary } = definition;
  const command = program.command(name).description(summary);
  const asks = asksAnything(definition);
  addFlags(command, definition.options);
  addFlags(command, flags);
  if (asks) addFlags(command, askingFlags);
  command.addHelpText('after', asks ? helpOfAsking(name) : helpOf(name));
  command.action(
    act(async () => {
      const given = readFlags(command, flags);
      const options = readFlags(command, definition.options) as JsonObject;
      const asking = asks ? readFlags(command, askingFlags) : askingFlags.parse({});
      const { json, dataDir } = given;
      if (asking.sample !== undefined) requireYes(asking.yes, `estimate ${name} --sample`);
      const request = await startRequest(name, given, options);
      const signal = interruption();
      const needsWorker = asking.sample !== undefined;
      const parts = partsOf(definition.keeps);
      return withSession({ dataDir, needsWorker, own: 'always', parts, signal }, (session) =>
        tellEstimate(session, request, { ...asking, json, signal }),
      );
    }),
  );
}

function helpOf(name: string): string {
  return `\nExample:\n  backfill estimate ${name} --limit 100`;
}

function helpOfAsking(name: string): string {
  return (
    `\nExamples:\n  backfill estimate ${name}                what it would cost, as answers usually are\n` +
    `  backfill estimate ${name} --sample 100   buy 100 items' answers, and know better`
  );
}

interface Wishes extends z.infer<typeof askingFlags> {
  json: boolean;
  signal: AbortSignal;
}

async function tellEstimate(session: Session, request: StartRequest, wishes: Wishes): Promise<ExitCode> {
  const { sample, look, json, signal } = wishes;
  const before = await estimate(session.client, request, { look, signal, onProgress: showLooks });
  showLive(null);
  const { items } = before.outlook;
  if (items === 0) say(`${request.backfill}: ${describeSurvey(before.outlook)}`);
  const found =
    sample === undefined || items === 0 ? before : await sampled(session, request, before, wishes);
  if (found === null) return EXIT.failed;
  if (json) printJson(estimateJson(found));
  else if (items > 0) print(estimateTable(found));
  return EXIT.done;
}

/** Null when the person does not want to pay for it. */
async function sampled(
  session: Session,
  request: StartRequest,
  before: Estimate,
  { sample = 0, seed, yes, signal }: Wishes,
): Promise<Estimate | null> {
  const size = Math.min(sample, before.outlook.items);
  const cost = formatUsd((before.cost.expected * size) / before.outlook.items);
  const what = `the answers for ${formatCount(size)} of ${formatCount(before.outlook.items)} items, for about ${cost}`;
  if (!(await confirm(yes, `Buy ${what}?`))) return null;
  say(`buying ${what}`);
  const run = await buySample(session, request, { size, seed, signal });
  return run ? sampledEstimate(session.client, request, before, { run, seed }) : before;
}

function showLooks(looked: number): void {
  if (onTerminal() && looked % 10 === 0) showLive(`looking at images: ${formatCount(looked)}`);
}

function lookOf(given: string): 'all' | number | undefined {
  if (given === 'all') return given;
  if (given === 'none') return 0;
  return /^\d{1,9}$/.test(given) ? Number(given) : undefined;
}

function refused(context: z.RefinementCtx): never {
  context.addIssue({ code: 'custom', message: 'expected all, none, or a whole number' });
  return z.NEVER;
}
