/** `1,588` */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** To one place; 0 of nothing is 0. */
export function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((1_000 * part) / whole) / 10;
}

/** `1 photo`, `2 photos` */
export function several(count: number, one: string): string {
  return `${formatCount(count)} ${one}${count === 1 ? '' : 's'}`;
}
