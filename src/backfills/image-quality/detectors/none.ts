import type { BirdDetector } from './detector.ts';

/** Looks at nothing. */
export const none: BirdDetector = {
  name: 'none',
  detect: async () => ({ birds: null, by: {} }),
};
