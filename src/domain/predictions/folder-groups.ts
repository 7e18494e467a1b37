/** The images of one folder, without those of folders in it, in the order of `names`. */
export function groupByFolder(names: readonly string[]): Map<string, string[]> {
  return Map.groupBy(names, folderOf);
}

/** '' for the outermost. */
export function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}
