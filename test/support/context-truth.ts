import type { Tier1 } from '../../src/backfills/context-tiers/answers.ts';
import { planPapers } from '../../src/stack/context/plan.ts';
import { tier1Of } from '../../src/stack/context/tier-1.ts';
import { isAsked } from '../../src/stack/context/trails.ts';
import { wasAnalysed } from '../../src/stack/sample/earlier-analysis.ts';
import { vehicleIdOf } from '../../src/stack/sample/identity.ts';
import type { PlannedImage, SamplePlan } from '../../src/stack/sample/plan.ts';
import { shotOf } from '../../src/stack/sample/shot.ts';

export type Route = 'confirm' | 'guided' | 'infer' | 'gap';

/** What is otherwise than in the sample as it was made. */
export interface Circumstances {
  /** Receipts that came later, by number of vehicle. */
  receiptsAdded?: ReadonlyMap<number, number>;
  /** ISO day: older receipts do not count. */
  receiptsSince?: string;
  /** Which images have points for an earlier analysis: those that the earlier tool left one of, unless given. */
  analysedBefore?: 'none' | 'all';
}

export interface ContextTruth {
  /** Those that are not fully analysed and have a vehicle; the ones that must fail as well. */
  images: PlannedImage[];
  expectedScore(image: PlannedImage): number;
  expectedRoute(image: PlannedImage): Route;
  expectedTier1(image: PlannedImage): Tier1;
  totals: ContextTotals;
}

export interface ContextTotals {
  images: number;
  /** Images that must fail before anything is asked. */
  failing: number;
  routes: Record<Route, number>;
  /** Images that ask each question. */
  asked: Record<Operation, number>;
  /** What is bought: two rows with the same photo ask once. */
  bought: Record<Operation, number>;
  /** Of what is bought, at the seed's prices. */
  usd: number;
}

type Operation = keyof typeof PRICES;

/** In ten-thousandths of a dollar. */
const PRICES = { organise_image: 1, confirm_parts: 1, guided_parts: 5, infer_parts: 50, find_gaps: 200 };

/** What a run of context-tiers over a sample must come to: from its plan, by no code of the backfill. */
export function contextTruth(plan: SamplePlan, circumstances: Circumstances = {}): ContextTruth {
  const points = pointsByVehicle(plan.vehicles, planPapers(plan), circumstances);
  const images = plan.images.filter(({ vehicleId, analysis }) => vehicleId !== null && analysis !== 'fully');
  const { analysedBefore } = circumstances;
  const previous = (image: PlannedImage) => (analysedBefore ? analysedBefore === 'all' : wasAnalysed(image));

  const expectedScore = (image: PlannedImage) =>
    (points.get(image.vehicleId ?? '') ?? 0) + (previous(image) ? 10 : 0);
  const expectedRoute = (image: PlannedImage) => routeAt(expectedScore(image));
  const expectedTier1 = ({ number }: PlannedImage) => tier1Of(shotOf(number));
  const operations = (image: PlannedImage): Operation[] => {
    const route = expectedRoute(image);
    if (route === 'gap') return ['organise_image', 'find_gaps'];
    const { sufficient_for_detail } = expectedTier1(image).image_quality;
    return sufficient_for_detail ? ['organise_image', `${route}_parts`] : ['organise_image'];
  };
  const asked = images.filter(isAsked);
  const questions = asked.flatMap((image) =>
    operations(image).map((operation) => ({ operation, number: image.number })),
  );
  const bought = [...new Map(questions.map((one) => [`${one.operation} ${one.number}`, one])).values()];
  return {
    images,
    expectedScore,
    expectedRoute,
    expectedTier1,
    totals: {
      images: images.length,
      failing: images.length - asked.length,
      routes: countBy(ROUTES, asked.map(expectedRoute)),
      asked: countBy(OPERATIONS, operationsOf(questions)),
      bought: countBy(OPERATIONS, operationsOf(bought)),
      usd: bought.reduce((sum, { operation }) => sum + PRICES[operation], 0) / 10_000,
    },
  };
}

const ROUTES: readonly Route[] = ['confirm', 'guided', 'infer', 'gap'];
const OPERATIONS = Object.keys(PRICES) as Operation[];

function routeAt(score: number): Route {
  if (score >= 60) return 'confirm';
  if (score >= 30) return 'guided';
  return score >= 10 ? 'infer' : 'gap';
}

function pointsByVehicle(
  vehicles: readonly number[],
  papers: ReturnType<typeof planPapers>,
  { receiptsAdded, receiptsSince = '' }: Circumstances,
): Map<string, number> {
  return new Map(
    vehicles.map((vehicle, index) => {
      const own = papers[index]!;
      const receipts =
        own.receipts.filter(({ receipt_date }) => String(receipt_date) >= receiptsSince).length +
        (receiptsAdded?.get(vehicle) ?? 0);
      const manual = own.reference_documents.some((one) => one.document_type === 'factory_manual');
      const events = own.timeline_events.length;
      const points =
        (own.vehicle_spid_data.length > 0 ? 20 : 0) +
        (manual ? 15 : 0) +
        Math.min(25, receipts * 5) +
        Math.min(15, events * 3) +
        Math.min(10, own.image_tags.length * 2) +
        (events > 10 ? 5 : 0);
      return [vehicleIdOf(vehicle), points];
    }),
  );
}

function operationsOf(questions: readonly { operation: Operation }[]): Operation[] {
  return questions.map(({ operation }) => operation);
}

function countBy<T extends string>(names: readonly T[], values: readonly T[]): Record<T, number> {
  const counts = names.map((name) => [name, values.filter((value) => value === name).length]);
  return Object.fromEntries(counts) as Record<T, number>;
}
