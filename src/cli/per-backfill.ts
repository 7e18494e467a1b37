import type { Command } from 'commander';
import type { z } from 'zod';
import type { Backfill, BackfillDefinition, Telling } from '../backfills/define.ts';
import { BACKFILLS, definitionOf } from '../backfills/registry.ts';
import type { BackfillClient } from '../client.ts';
import { UsageError } from '../domain/failure.ts';
import type { JsonObject } from '../domain/json.ts';
import { DEFAULT_SETTINGS } from '../domain/settings.ts';
import type { ExitCode } from './exit-codes.ts';
import { addFlags, readFlags } from './flags.ts';
import { act } from './run-program.ts';
import { partsOf } from './servers.ts';
import { withSession } from './session.ts';

/** A command that has a sub-command for each backfill, as each has options of its own. */
export interface PerBackfill<Flags extends z.ZodObject> {
  flags: Flags;
  /** Only backfills that can tell this have it. */
  telling?: Telling;
  /** What its help ends with. */
  help(name: string): string;
  action(asked: Asked<z.infer<Flags>>, ...rest: string[][]): Promise<ExitCode>;
}

export interface Asked<Given> {
  definition: BackfillDefinition;
  /** Of the definition, checked. */
  options: JsonObject;
  /** Those of the options that a flag names. */
  chosen: JsonObject;
  given: Given;
}

/** Adds the sub-commands. `argument` is shown behind their names. */
export function perBackfill<Flags extends z.ZodObject>(
  group: Command,
  { flags, telling, help, action }: PerBackfill<Flags>,
  argument?: [name: string, description: string],
): void {
  refuseOthers(group);
  for (const definition of BACKFILLS) {
    if (telling && !definition.tells?.includes(telling)) continue;
    const command = group.command(definition.name).summary(definition.summary);
    command.description(`${definition.name}: ${group.description()}`);
    if (argument) command.argument(...argument);
    addFlags(command, definition.options);
    addFlags(command, flags).addHelpText('after', `\n${help(definition.name)}`);
    command.action(
      act(async (...rest: string[][]) => {
        const given = readFlags(command, flags);
        const options = readFlags(command, definition.options) as JsonObject;
        const chosen = Object.fromEntries(Object.entries(options).filter(([name]) => name in command.opts()));
        return action({ definition, options, chosen, given }, ...(argument ? rest : []));
      }),
    );
  }
}

/** What is no sub-command was meant as a backfill. */
export function refuseOthers(group: Command): void {
  group.on('command:*', ([name = '']: string[]) => {
    throw cannot(group.name(), definitionOf(name));
  });
}

/** Opens the backfill to read with, and closes it afterwards. `like`: says with which options; default: those asked for. */
export async function withBackfill<Result, Given extends { dataDir: string }>(
  asked: Asked<Given>,
  work: (backfill: Backfill) => Promise<Result>,
  { signal, like }: { signal?: AbortSignal; like?: typeof newestRun } = {},
): Promise<Result> {
  const { definition, given } = asked;
  const parts = partsOf(definition.keeps);
  const wanted = { dataDir: given.dataDir, needsWorker: false, parts, ...(signal && { signal }) };
  return withSession(wanted, async ({ client }) => {
    const options = like ? await like(client, asked) : asked.options;
    const settings = { ...DEFAULT_SETTINGS, options };
    return work(client.surroundings.backfillOf({ backfill: definition.name, settings }));
  });
}

/** Options as the newest run of the backfill had them, but for what a flag names. */
export async function newestRun(
  client: BackfillClient,
  { definition, options, chosen }: Omit<Asked<unknown>, 'given'>,
): Promise<JsonObject> {
  const runs = await client.runs();
  const newest = runs.find((run) => run.backfill === definition.name && !run.rollbackOf && !run.sample);
  return { ...options, ...newest?.settings.options, ...chosen };
}

/** Not every backfill can tell everything. */
export function cannot(what: string, { name }: BackfillDefinition): UsageError {
  return new UsageError(`${name} has no '${what}'`, `'backfill verify ${name}' tells how far it is`);
}

/** With its usual options: what is never asked cannot be looked up, or bought to know. */
export function asksAnything({ options, expects }: BackfillDefinition): boolean {
  const usual = options.safeParse({});
  return !usual.success || expects(usual.data).length > 0;
}
