import type { z } from 'zod';

/** Where a file does not fit, what was expected there, and what it has: `rates.openai: expected …, got 5`. */
export function misfit({ issues }: z.ZodError, values: unknown): string {
  const [issue] = issues;
  const message = issue?.code === 'invalid_key' ? issue.issues[0]?.message : issue?.message;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const place = [...(issue?.path ?? []), ...unknown].map(String);
  const isName =
    unknown.length > 0 || issue?.code === 'invalid_key' || (issue?.code === 'custom' && issue.params?.name);
  const [where, found] = isName ? [place.slice(0, -1), place.at(-1)] : placeIn(values, place);
  return `${where.length > 0 ? `${where.join('.')}: ` : ''}${message}, got ${shown(found)}`;
}

/** What the file has there. What was read into it, as the `all` of a single share, is not named. */
function placeIn(values: unknown, path: readonly string[]): [where: readonly string[], found: unknown] {
  let found = values;
  for (const [index, name] of path.entries()) {
    if (typeof found !== 'object' || found === null) return [path.slice(0, index), found];
    found = (found as Record<string, unknown>)[name];
  }
  return [path, found];
}

function shown(found: unknown): string {
  if (found === undefined) return 'nothing';
  const text = typeof found === 'string' ? `'${found}'` : JSON.stringify(found);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
