/** SQLite's codes for what only a person can mend: https://sqlite.org/rescode.html */
const SQLITE = new Map([
  [3, 'it may not be written'],
  [8, 'it may not be written'],
  [11, 'it is damaged'],
  [13, 'the disk is full'],
  [14, 'it cannot be opened'],
  [26, 'it is no SQLite database'],
]);

const SYSTEM = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EISDIR', 'EEXIST']);

/** What is wrong with a file or its disk, where waiting does not help; null for any other error. */
export function forPerson(error: unknown): string | null {
  const { code, errcode, message } = error as { code?: string; errcode?: number; message: string };
  if (code === 'ERR_SQLITE_ERROR') return SQLITE.get((errcode ?? 0) & 0xff) ?? null;
  return code !== undefined && SYSTEM.has(code) ? message : null;
}
