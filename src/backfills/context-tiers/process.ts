import type { Answer, Ask } from '../../domain/call.ts';
import { type ContextPoints, contextPoints, contextScore } from '../../domain/context-score.ts';
import type { Nanodollars } from '../../domain/money.ts';
import type { Vision } from '../../vision/vision.ts';
import type { Item } from '../define.ts';
import { requireReference } from '../vehicle-images/photos.ts';
import type { Gaps, Tier1, Tier2 } from './answers.ts';
import type { Options } from './options.ts';
import { about, type Questions } from './questions.ts';
import { type RouteName, routeOf } from './routes.ts';
import type { ContextRow } from './row.ts';

/** What was found out about one image, from which answers, and by which route. */
export interface Findings {
  points: ContextPoints;
  score: number;
  route: RouteName;
  tier1: Answer<Tier1>;
  /** Null: by the gap finder's route, or the image does not suffice for it. */
  tier2: Answer<Tier2> | null;
  /** Null: by another route, or another image of the vehicle asks. */
  gaps: Answer<Gaps> | null;
}

export interface Look {
  vision: Vision;
  questions: Questions;
  gapPer: Options['gapPer'];
}

/** Tier 1 of every image; then what the context of its vehicle calls for. */
export async function lookAt(item: Item, ask: Ask, { vision, questions, gapPer }: Look): Promise<Findings> {
  const image = await vision.load(requireReference(item));
  const { context, analysedBefore, asksForGaps } = item.row as ContextRow;
  const points = contextPoints(context.counts, analysedBefore);
  const score = contextScore(points);
  const route = routeOf(score);
  const tier1 = await ask(vision.question(image, questions.organise));
  const found = { points, score, route, tier1 };
  if (route === 'gap_finder') {
    const known = `Context score: ${score} of 100\n${context.text}`;
    const asks = gapPer === 'image' || asksForGaps;
    const gaps = asks ? await ask(vision.question(image, about(questions.gaps, known))) : null;
    return { ...found, tier2: null, gaps };
  }
  const sufficient = tier1.value.image_quality.sufficient_for_detail;
  const parts = about(questions.parts[route], context.text);
  const tier2 = sufficient ? await ask(vision.question(image, parts)) : null;
  return { ...found, tier2, gaps: null };
}

/** What the ledger books for this image: an answer that was bought for another one, or by another run, costs nothing here. */
export function costOf({ tier1, tier2, gaps }: Findings): Nanodollars {
  const answers = [tier1, tier2, gaps].filter((answer) => answer !== null);
  return answers.reduce((sum, { cost, cached }) => sum + (cached ? 0 : cost), 0);
}
