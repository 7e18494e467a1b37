/**
 * Half-way cases up, as on paper: products such as 1.005 × 100 end a little below the half in binary, and twelve digits
 * take that away.
 */
export function roundHalfUp(value: number, decimals = 0): number {
  const scale = 10 ** decimals;
  return Math.round(Number((value * scale).toPrecision(12))) / scale;
}
