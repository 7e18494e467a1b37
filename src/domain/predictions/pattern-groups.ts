import { RE2JS } from 're2js';
import { UsageError } from '../failure.ts';

/**
 * Images for which the pattern's first group (or, without one, the whole match) is the same, in the order of `names`. What
 * does not match is alone. The pattern is matched by RE2, whose time grows with the name's length and never faster, so no
 * pattern can stall a worker; the price is that references back and looks around are refused. Throws UsageError.
 */
export function groupByPattern(names: readonly string[], pattern: string): string[][] {
  const compiled = compile(pattern);
  const group = compiled.groupCount() > 0 ? 1 : 0;
  const alone: string[][] = [];
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const matcher = compiled.matcher(name);
    const captured = matcher.find() ? matcher.group(group) : null;
    const images = captured === null ? undefined : groups.get(captured);
    if (captured === null) alone.push([name]);
    else if (images) images.push(name);
    else groups.set(captured, [name]);
  }
  return [...alone, ...groups.values()];
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new UsageError(
      `--group-by: '${pattern}' cannot be used: ${(error as Error).message}`,
      "it is a regular expression as RE2 knows them, without (?=…), (?<=…) and \\1; as '^(.*)_v[0-9]+\\.png$'",
      { cause: error },
    );
  }
}
