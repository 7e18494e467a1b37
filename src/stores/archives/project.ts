export interface Project {
  id: string;
  /** Absolute path of the zip or directory. */
  source: string;
  /** Needs no run. */
  done: boolean;
}

/** `{id}.predictions.db` must be a file name everywhere: most file systems take 255 bytes. */
const MOST_BYTES = 200;

// biome-ignore lint/suspicious/noControlCharactersInRegex: no file name may have them.
const FORBIDDEN = /[\u0000-\u001f\u007f/\\:*?"<>|]/;

const RESERVED_BY_WINDOWS = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** Why this cannot name a project's files; null where it can. */
export function projectIdFault(id: string): string | null {
  const shown = `'${id}'`;
  if (id === '') return 'it is empty';
  const forbidden = FORBIDDEN.exec(id);
  if (forbidden)
    return `${JSON.stringify(id)} has ${JSON.stringify(forbidden[0])}, which file names cannot have`;
  if (/^[.\-\s]|[.\s]$/.test(id)) return `${shown} begins or ends with a dot, a dash or a space`;
  if (RESERVED_BY_WINDOWS.test(id)) return `${shown} is no file name on Windows`;
  if (/\.predictions$/i.test(id)) return `${shown} ends like the predictions of another project`;
  if (new TextEncoder().encode(id).length > MOST_BYTES) return `${shown} has more than ${MOST_BYTES} bytes`;
  return null;
}

/** Two ids whose files would be one where case, or how accents are written, tells no names apart. */
export function sameProject(ids: readonly string[]): [string, string] | null {
  const seen = new Map<string, string>();
  for (const id of ids) {
    const file = id.normalize('NFC').toLowerCase();
    const other = seen.get(file);
    if (other !== undefined) return [other, id];
    seen.set(file, id);
  }
  return null;
}
