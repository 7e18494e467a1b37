/** A server that we need does not answer. */
export class CannotConnect extends Error {
  override name = 'CannotConnect';
  readonly hint: string;

  constructor(server: string, address: string, variable: string, cause: unknown) {
    super(`cannot reach ${server} at ${address}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.hint = `start it ('backfill stack'), or correct ${variable}`;
  }
}
