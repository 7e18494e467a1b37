/**
 * Money inside the program: whole nanodollars (1 USD = 1,000,000,000), so that token prices of a
 * fraction of a microdollar add up without rounding. Safe integers reach nine million dollars.
 */
export type Nanodollars = number;

export const NANODOLLARS_PER_USD = 1_000_000_000;

/** Rounds up: a price is never guessed too low. */
export function nanodollars(usd: number): Nanodollars {
  return Math.max(0, Math.ceil(usd * NANODOLLARS_PER_USD - 1e-6));
}

export function toUsd(amount: Nanodollars): number {
  return amount / NANODOLLARS_PER_USD;
}

/** `$41.31`, and `$0.0001` where cents would hide the amount. */
export function formatUsd(amount: Nanodollars): string {
  const usd = toUsd(amount);
  const digits = usd !== 0 && Math.abs(usd) < 0.1 ? 4 : 2;
  return `$${usd.toFixed(digits)}`;
}
