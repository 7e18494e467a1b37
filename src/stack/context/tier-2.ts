import type { Tier2 } from '../../backfills/context-tiers/answers.ts';
import { appraisalOf } from '../sample/answers.ts';
import { type Dice, dice } from '../sample/random.ts';
import type { Damage, Shot } from '../sample/shot.ts';
import { componentsOf } from './components.ts';

export type Tier2Operation = 'confirm_parts' | 'guided_parts' | 'infer_parts';

/** What the second tier answers about a shot: the same parts whichever way it is asked, surer where more is known. */
export function tier2Of(shot: Shot, operation: Tier2Operation): Tier2 {
  const sure = dice(operation, shot.number);
  const confidence = () => sure.real(...CONFIDENCE[operation]);
  const choose = dice('tier-2', shot.number);
  const names = componentsOf(shot);
  const damages = shot.damage.map((one) => ({ ...one, at: choose.pick(names) }));
  const modified = appraisalOf(shot)?.modifications ?? [];
  return {
    specific_parts: names.map((name) => {
      const found = damages.filter(({ at }) => at === name);
      return { ...partOf(name, found, shot, choose), confidence: confidence() };
    }),
    damage_assessment: {
      items: damages.map(({ kind, at, size }) => ({
        type: kind,
        location: at,
        severity: severityOf(size),
        confidence: confidence(),
      })),
    },
    modifications: modified.map(({ name, professional }) => ({
      name,
      description: `${professional ? 'Fitted cleanly' : 'Fitted by hand'} (photo ${shot.number}).`,
      confidence: confidence(),
    })),
  };
}

const CONFIDENCE: Record<Tier2Operation, [from: number, to: number]> = {
  confirm_parts: [92, 99],
  guided_parts: [78, 90],
  infer_parts: [52, 76],
};

type Part = Omit<Tier2['specific_parts'][number], 'confidence'>;

function partOf(name: string, found: readonly Damage[], { look }: Shot, choose: Dice): Part {
  const rusty = found.filter(({ kind }) => kind === 'rust').map(({ size }) => size);
  const changed = look.build !== 'factory' && choose.chance(0.3);
  return {
    name,
    condition: found.some(({ kind }) => kind !== 'dirt') ? 'damaged' : gradeOf(look.state),
    original: choose.chance(0.1) ? null : !changed,
    rust: rusty.length > 0 ? severityOf(Math.max(...rusty)) : 'none',
  };
}

function gradeOf(state: number): Tier2['specific_parts'][number]['condition'] {
  if (state >= 88) return 'excellent';
  if (state >= 65) return 'good';
  return state >= 35 ? 'average' : 'poor';
}

/** `size`: as a fraction of the picture. */
function severityOf(size: number): Tier2['damage_assessment']['items'][number]['severity'] {
  if (size < 0.03) return 'minor';
  return size < 0.05 ? 'moderate' : 'severe';
}
