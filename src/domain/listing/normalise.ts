/** What models write where they have nothing to say. */
const SAYS_NOTHING = new Set(['unknown', 'none', 'null', 'n/a', 'other']);

/** Lower case, underscores and runs of white space as one space, trimmed. Null for what says nothing. */
export function normalise(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.toLowerCase().replaceAll('_', ' ').replace(/\s+/g, ' ').trim();
  return text === '' || SAYS_NOTHING.has(text) ? null : text;
}

/** The normalised texts of a list, each once, in order. One text is a list of one. */
export function normaliseList(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return [...new Set(list.map(normalise).filter((text) => text !== null))];
}
