/** Whose turn it is at image hosts, which a run may keep to rates of their own. */
export interface HostPace {
  /** Resolves when a request may be sent. Throws ItemFailure when the run is stopped meanwhile. */
  turn(host: string): Promise<void>;
  /** The host has asked to wait. */
  throttled(host: string, waitMs: number): Promise<void>;
}
