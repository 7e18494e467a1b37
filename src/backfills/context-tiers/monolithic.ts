import { formatUsd, type Nanodollars, nanodollars, toUsd } from '../../domain/money.ts';
import type { VerifyTable } from '../define.ts';

/** What one large call for each image costs, in US dollars. */
export const MONOLITHIC = 0.02;

export interface Tiered {
  title?: string;
  images: number;
  /** Of these. */
  failed?: number;
  spent: Nanodollars;
}

/** What so many images came to, beside what the one large call for each would have cost. */
export function comparedWithMonolithic({
  title = 'Compared with the monolithic way',
  images,
  failed = 0,
  spent,
}: Tiered): VerifyTable {
  const monolithic = images * nanodollars(MONOLITHIC);
  const saved = monolithic - spent;
  const percent = monolithic === 0 ? 0 : Math.round((Math.abs(saved) / monolithic) * 100);
  const outcome = saved < 0 ? ['more', 'dearer'] : ['savings', 'cheaper'];
  const mean = images > 0 ? `, $${toUsd(spent / images).toFixed(4)} per image` : '';
  const without = failed > 0 ? `; ${failed.toLocaleString('en-US')} of them failed` : '';
  return {
    title,
    columns: ['way', 'cost'],
    rows: [
      ['monolithic', `${images.toLocaleString('en-US')} images × $${MONOLITHIC} = ${formatUsd(monolithic)}`],
      ['context tiers', `${formatUsd(spent)}${mean}${without}`],
      [outcome[0] ?? '', `${formatUsd(Math.abs(saved))} (${percent}% ${outcome[1]})`],
    ],
  };
}
