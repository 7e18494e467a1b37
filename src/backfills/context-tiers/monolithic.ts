import { formatUsd, type Nanodollars, nanodollars, toUsd } from '../../domain/money.ts';
import type { VerifyTable } from '../define.ts';

/** What one large call for each image costs, in US dollars. */
export const MONOLITHIC = 0.02;

/** What so many images came to, beside what the one large call for each would have cost. */
export function comparedWithMonolithic(images: number, spent: Nanodollars): VerifyTable {
  const monolithic = images * nanodollars(MONOLITHIC);
  const saved = monolithic - spent;
  const percent = monolithic === 0 ? 0 : Math.round((Math.abs(saved) / monolithic) * 100);
  const outcome = saved < 0 ? ['more', 'dearer'] : ['savings', 'cheaper'];
  return {
    title: 'Compared with the monolithic way',
    columns: ['way', 'cost'],
    rows: [
      ['monolithic', `${images.toLocaleString('en-US')} images × $${MONOLITHIC} = ${formatUsd(monolithic)}`],
      ['context tiers', `${formatUsd(spent)}${images > 0 ? `, $${meanOf(spent, images)} per image` : ''}`],
      [outcome[0] ?? '', `${formatUsd(Math.abs(saved))} (${percent}% ${outcome[1]})`],
    ],
  };
}

function meanOf(spent: Nanodollars, images: number): string {
  return toUsd(spent / images).toFixed(4);
}
