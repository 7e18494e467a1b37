import { type Command, Option } from 'commander';
import { z } from 'zod';
import { UsageError } from '../domain/failure.ts';

/**
 * Flags come from zod objects: each field is a flag, its description the help text. A boolean is a switch, an
 * array a comma list (or, with `repeatable`, a flag that may be given again), camelCase becomes kebab-case.
 */
declare module 'zod' {
  interface GlobalMeta {
    /** What stands for the value in the help: `--limit <items>`. */
    placeholder?: string;
    repeatable?: boolean;
    /** The flag may stand without its value: then the schema gets `true`. */
    valueOptional?: boolean;
  }
}

export function addFlags(command: Command, schema: z.ZodObject): Command {
  for (const [name, traits] of Object.entries(traitsOf(schema))) {
    const { kind, description, placeholder = kind, byDefault, valueOptional } = traits;
    const value = kind === 'switch' ? '' : valueOptional ? ` [${placeholder}]` : ` <${placeholder}>`;
    // What is on by default can only be switched off.
    const spelled = byDefault === true ? `no-${kebab(name)}` : kebab(name);
    const option = new Option(`--${spelled}${value}`, withDefault(description, byDefault));
    if (kind === 'repeatable') option.argParser((next: string, given: string[] = []) => [...given, next]);
    command.addOption(option);
  }
  return command;
}

/** Checks what commander collected. Throws UsageError that names the flag, what was expected and what was got. */
export function readFlags<Schema extends z.ZodObject>(command: Command, schema: Schema): z.infer<Schema> {
  const traits = Object.entries(traitsOf(schema));
  const given = command.opts<Record<string, string | string[] | boolean | undefined>>();
  const values = traits.flatMap(([name, { kind }]) => {
    const raw = given[name];
    return raw === undefined ? [] : [[name, typedValue(raw, kind)] as const];
  });
  const parsed = schema.safeParse(Object.fromEntries(values));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0]);
  const value = given[name];
  const got = Array.isArray(value) ? value[Number(issue?.path[1])] : value;
  throw new UsageError(
    `--${kebab(name)}: ${lowerFirst(issue?.message ?? 'not valid')}, got '${got}'`,
    `'${fullName(command)} --help' explains it`,
  );
}

export function wholeNumber(from: number, to: number = Number.MAX_SAFE_INTEGER): z.ZodInt {
  const upTo = to === Number.MAX_SAFE_INTEGER ? ` (${from} or more)` : ` from ${from} to ${to}`;
  const error = `expected a whole number${upTo}`;
  return z.int({ error }).min(from, { error }).max(to, { error });
}

export function oneOf<const Names extends readonly [string, ...string[]]>(...names: Names) {
  return z.enum(names, { error: `expected one of: ${names.join(', ')}` });
}

/** `sensitiveLocal` is typed as `--sensitive-local`. */
export function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

type Kind = 'switch' | 'number' | 'list' | 'repeatable' | 'text';

interface Traits {
  kind: Kind;
  description: string;
  placeholder: string | undefined;
  valueOptional: boolean;
  byDefault: unknown;
}

/** JSON Schema sees through defaults, transformations and optional fields. */
function traitsOf(schema: z.ZodObject): Record<string, Traits> {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });
  const traits = Object.entries(properties).map(([name, property]) => {
    if (typeof property === 'boolean') throw new Error(`flag ${name} has no schema`);
    const { type, description = '', default: byDefault, repeatable, placeholder, valueOptional } = property;
    const kind = repeatable ? 'repeatable' : (KINDS[String(type)] ?? 'text');
    const value = { placeholder: placeholder as string | undefined, valueOptional: valueOptional === true };
    return [name, { kind, description, byDefault, ...value }] as const;
  });
  return Object.fromEntries(traits);
}

const KINDS: Record<string, Kind> = { boolean: 'switch', integer: 'number', number: 'number', array: 'list' };

function typedValue(raw: string | string[] | boolean, kind: Kind): unknown {
  if (typeof raw !== 'string') return raw;
  if (kind === 'number') return raw.trim() === '' ? Number.NaN : Number(raw);
  if (kind === 'list') return raw.split(',').map((part) => part.trim());
  return raw;
}

function withDefault(description: string, byDefault: unknown): string {
  const shown = Array.isArray(byDefault) ? byDefault.join(',') : byDefault;
  const told = shown === undefined || typeof shown === 'boolean' || description.includes('default');
  return told ? description : `${description} (default: ${String(shown)})`;
}

function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
