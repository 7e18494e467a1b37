import type { Run } from '../domain/run.ts';

/** What goes along with the watching of a run. Neither rejects nor throws. */
export interface Companion {
  /** Sees every look at the run. Holds nothing up. */
  look(run: Run): void;
  /** The watching is over, and this is what has become of the run. */
  end(run: Run): Promise<void>;
}
