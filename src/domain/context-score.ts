/** What is on record of a vehicle, besides the photo itself. */
export interface ContextCounts {
  /** Factory data read off an SPID sheet. */
  spid: number;
  /** Factory manuals. */
  manuals: number;
  receipts: number;
  events: number;
  /** Tags that a person gave. */
  userTags: number;
}

/** Points of each source: so many for each piece, up to a limit. */
export const CONTEXT_POINTS: Record<keyof ContextCounts, { each: number; most: number }> = {
  spid: { each: 20, most: 20 },
  manuals: { each: 15, most: 15 },
  receipts: { each: 5, most: 25 },
  events: { each: 3, most: 15 },
  userTags: { each: 2, most: 10 },
};

/** More events than this tell of a vehicle that is looked after, which the points of single events cannot. */
export const WELL_DOCUMENTED = { events: 10, points: 5 };

/** An earlier run has looked at this photo. */
export const PREVIOUS_ANALYSIS_POINTS = 10;

export type ContextPoints = Record<keyof ContextCounts | 'wellDocumented' | 'previousAnalysis', number>;

/** The points by source, 0 where there is none. Their sum is the context score, 0 to 100. */
export function contextPoints(counts: ContextCounts, analysedBefore: boolean): ContextPoints {
  const of = (source: keyof ContextCounts) => {
    const { each, most } = CONTEXT_POINTS[source];
    return Math.min(each * counts[source], most);
  };
  return {
    spid: of('spid'),
    manuals: of('manuals'),
    receipts: of('receipts'),
    events: of('events'),
    userTags: of('userTags'),
    wellDocumented: counts.events > WELL_DOCUMENTED.events ? WELL_DOCUMENTED.points : 0,
    previousAnalysis: analysedBefore ? PREVIOUS_ANALYSIS_POINTS : 0,
  };
}

export function contextScore(points: ContextPoints): number {
  return Object.values(points).reduce((sum, value) => sum + value, 0);
}
