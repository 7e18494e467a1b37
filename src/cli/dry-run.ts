import type { Survey } from '../backfills/define.ts';
import type { BackfillClient, Outlook, StartRequest } from '../client.ts';
import { formatUsd } from '../domain/money.ts';
import { DEFAULT_SETTINGS, type RunSettings } from '../domain/settings.ts';
import { estimate } from '../estimate.ts';
import { estimateJson } from './estimate-json.ts';
import { estimateTable, QUICK_LOOK } from './estimate-table.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { kebab } from './flags.ts';
import { paintData, print, printJson, say } from './output.ts';
import { planOf, previewsOf } from './previews.ts';
import { type Cell, formatCount, formatPairs, indent, wrap } from './table.ts';
import { wholeTables } from './verify-tables.ts';

/** What a start would do: counted, not begun. */
export async function dryRun(
  client: BackfillClient,
  request: StartRequest,
  json: boolean,
): Promise<ExitCode> {
  const estimated = await estimate(client, request, QUICK_LOOK);
  const survey = estimated.outlook;
  const plan = await planOf(client, request, survey);
  const previews = await previewsOf(client, request, survey);
  const settings = { ...DEFAULT_SETTINGS, ...request.settings };
  if (json) {
    const { items, units, skipped, additions, notes = [] } = survey;
    const { backfill, options } = request;
    const told = estimateJson(estimated);
    printJson({
      dryRun: true,
      backfill,
      items,
      units,
      skipped,
      additions,
      notes,
      options,
      settings,
      estimatedUsd: told.cost.expectedUsd,
      estimate: told,
      ...(plan.length > 0 && { plan }),
      ...(previews && { previews }),
    });
    return EXIT.done;
  }
  const pairs: [string, Cell][] = [
    ['items', survey.items],
    ['units', survey.units],
    ...Object.entries(survey.skipped).map(([name, items]): [string, Cell] => [`skipped, ${name}`, items]),
    // Where nothing is asked they bind nothing.
    ...(estimated.accounts.length > 0 ? askingPairs(settings) : []),
    ['in work at once', `${settings.concurrency} items per worker, ${settings.window} children`],
    ...Object.entries(request.options).map(([name, value]): [string, Cell] => [kebab(name), inWords(value)]),
  ];
  print(`A run of ${request.backfill} would be about`);
  print(indent(formatPairs(pairs)));
  if (plan.length > 0) print(`\n${wholeTables(plan, paintData)}`);
  for (const note of survey.notes ?? []) print(wrap(`note: ${note}`));
  if (survey.additions.length > 0) print(describeAdditions(survey));
  if (survey.items > 0) print(`\n${estimateTable(estimated)}`);
  if (previews && previews.length > 0) print(`\n${wholeTables(previews, paintData)}`);
  say('dry run: nothing was asked, written or started');
  return EXIT.done;
}

function askingPairs({ budget, rates, onUnknown }: Omit<RunSettings, 'options'>): [string, Cell][] {
  const limits = Object.entries(rates).map(([provider, { perSecond, perDay }]) =>
    [
      provider,
      perSecond && `${perSecond}/s`,
      perDay && `${formatCount(perDay)}/day`,
      !perSecond && !perDay && 'without limit',
    ]
      .filter(Boolean)
      .join(' '),
  );
  return [
    ['budget', budget === null ? 'no cap' : formatUsd(budget)],
    ['rates', limits.join(', ')],
    ['unknown outcome', UNKNOWN_OUTCOMES[onUnknown]],
  ];
}

/** What a start adds, as it was told by the backfill and for the stores. */
export function describeAdditions({ additions }: Outlook): string {
  return ['It would first add', ...additions.map((what) => wrap(`  ${what}`))].join('\n');
}

const UNKNOWN_OUTCOMES = {
  repay: 'asked again, and listed as possibly paid twice',
  hold: 'kept for a person',
} as const;

function inWords(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, one]) => `${name} (${inWords(one)})`.replace(' ()', ''))
    .join(', ');
}

/** `no item to work on (12 skipped: no-vehicle)`. */
export function describeSurvey({ items, units, skipped }: Survey): string {
  const classes = Object.entries(skipped).map(([name, amount]) => `${formatCount(amount)} ${name}`);
  const left = classes.length > 0 ? ` (skipped: ${classes.join(', ')})` : '';
  if (items === 0) return `nothing to do: no item is selected${left}`;
  return `${formatCount(items)} items in ${formatCount(units)} ${units === 1 ? 'unit' : 'units'}${left}`;
}
