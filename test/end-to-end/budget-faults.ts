import type { ExpectedImage } from '../../src/stack/sample/expected.ts';
import { numberOf } from '../../src/stack/sample/identity.ts';
import type { Fault, FaultKind } from '../../src/stack/simulator/settings.ts';

/** Ways of losing an answer, or of being billed for one that is good for nothing: two for each quarter of the photos. */
const LOSSES: [FaultKind, FaultKind][] = [
  ['timeout', 'error-500'],
  ['cut', 'error-503'],
  ['cut-after-billing', 'off-schema'],
  ['not-json', 'off-schema'],
];

/**
 * One call in ten meets a fault of some kind. None loses its photo's answers more than twice, and an item is tried
 * three times: so every one ends right, whatever the order of the calls.
 */
export function oneCallInTen(images: readonly ExpectedImage[]) {
  const numbers = [...new Set(images.map(({ id }) => numberOf(id)))];
  const losses = LOSSES.flatMap((kinds, quarter) => {
    const items = numbers.filter((_, place) => place % LOSSES.length === quarter);
    return kinds.map((kind) => ({ kind, rate: 0.035, times: 1, match: { items } }));
  });
  return [
    { kind: 'throttle', rate: 0.02, retryAfterMs: 100 },
    { kind: 'throttle-no-header', rate: 0.01 },
    ...losses,
  ] satisfies (Partial<Fault> & Pick<Fault, 'kind'>)[];
}
