import type { Appraisal, CONDITIONS, DocumentAnswer } from '../../backfills/vehicle-images/answers.ts';
import type { Dice } from './random.ts';
import { dice } from './random.ts';
import type { Shot } from './shot.ts';

type Condition = (typeof CONDITIONS)[number];

/** What the appraiser answers about a shot; null for documents. */
export function appraisalOf(shot: Shot): Appraisal | null {
  if (shot.scene === 'document') return null;
  const choose = dice('appraisal', shot.number);
  const { look } = shot;
  const score = near(choose, look.state);
  return {
    summary: `${look.year} ${look.make} ${look.model} ${look.trim}, ${VIEW[shot.scene]}, ${gradeOf(score)} (photo ${shot.number}).`,
    paint: shot.scene === 'exterior' ? paintOf(shot, choose) : null,
    build_quality: {
      level: look.build,
      evidence: choose.some(EVIDENCE[look.build], choose.int(1, 2)),
      confidence: choose.real(55, 98),
    },
    condition: { grade: gradeOf(score), score, confidence: choose.real(60, 99) },
    components: componentsOf(shot, choose),
    modifications:
      look.build === 'factory'
        ? []
        : choose.some(MODIFICATIONS, choose.int(1, 3)).map((one) => ({
            ...one,
            professional: choose.chance(0.2) ? null : look.build === 'professional',
            confidence: choose.real(50, 97),
          })),
  };
}

/** What the document question answers; null for photos that no label nominates. */
export function documentOf(shot: Shot): DocumentAnswer | null {
  const choose = dice('document', shot.number);
  const confidence = choose.real(70, 99.5);
  if (shot.document === null) {
    return shot.lettering ? { category: 'not_a_document', confidence, spid: null } : null;
  }
  return {
    category: shot.document,
    confidence,
    spid: shot.document === 'spid_sheet' ? spidOf(shot, choose) : null,
  };
}

/** Most sheets say the vehicle's own VIN; one in eight says one that cannot be right, one in twenty none. */
function spidOf({ look }: Shot, choose: Dice): NonNullable<DocumentAnswer['spid']> {
  const vin = choose.chance(0.05) ? null : choose.chance(0.125) ? failingVin(look.vin, choose) : look.vin;
  return {
    vin,
    rpo_codes: look.rpoCodes,
    paint_codes: choose.chance(0.3) ? [look.paintCode, `${choose.int(10, 99)}`] : [look.paintCode],
    build_date: choose.chance(0.1) ? null : look.buildDate,
  };
}

/** 17 characters fail by their check digit, 13 by their shape. */
function failingVin(vin: string, choose: Dice): string {
  if (vin.length !== 17) return choose.chance(0.5) ? vin.slice(0, -1) : `${vin.slice(0, -2)}OI`;
  const wrong = [...'0123456789X'].filter((digit) => digit !== vin[8]);
  return vin.slice(0, 8) + choose.pick(wrong) + vin.slice(9);
}

function paintOf({ look, damage }: Shot, choose: Dice): NonNullable<Appraisal['paint']> {
  const seen = [...new Set(damage.map(({ kind }) => DEFECTS[kind]))];
  return {
    color: look.color.name,
    finish: look.finish,
    quality_score: near(choose, look.state),
    defects: seen,
    confidence: choose.real(62, 99),
  };
}

function componentsOf(shot: Shot, choose: Dice): Appraisal['components'] {
  return [...new Set(shot.parts.map(({ name }) => name))]
    .filter((name) => name !== 'Car' && name !== 'Emblem')
    .map((name) => {
      const condition_score = near(choose, shot.look.state);
      const condition = gradeOf(condition_score);
      const notes = `${choose.pick(NOTES[condition])} (${choose.int(20, 99)} % of it in view)`;
      return { name: name.toLowerCase(), condition, condition_score, notes, confidence: choose.real(51, 99) };
    });
}

function near(choose: Dice, state: number): number {
  return Math.min(100, Math.max(0, Number((state + choose.real(-9, 9)).toFixed(1))));
}

function gradeOf(score: number): Condition {
  if (score >= 88) return 'excellent';
  if (score >= 68) return 'good';
  if (score >= 45) return 'fair';
  return score >= 20 ? 'poor' : 'failed';
}

const VIEW = {
  exterior: 'outside',
  interior: 'cabin',
  engine: 'engine bay',
  undercarriage: 'underside',
} as const;

const DEFECTS = {
  rust: 'rust bubbling',
  dent: 'dented panel',
  scratch: 'scratches',
  dirt: 'heavy dirt',
  fading: 'faded clear coat',
} as const;

const EVIDENCE: Record<Shot['look']['build'], readonly string[]> = {
  factory: ['factory welds and seams', 'original fasteners', 'matching date codes'],
  professional: ['even panel gaps', 'clean wiring with loom', 'TIG-welded brackets'],
  diy: ['household wire connectors', 'overspray on trim', 'mismatched bolts'],
};

const NOTES: Record<Condition, readonly string[]> = {
  excellent: ['like new', 'freshly restored'],
  good: ['light wear', 'sound, some patina'],
  fair: ['worn, serviceable', 'needs attention soon'],
  poor: ['heavy wear', 'corroded, replace'],
  failed: ['broken', 'beyond repair'],
};

const MODIFICATIONS: readonly Pick<Appraisal['modifications'][number], 'name' | 'category'>[] = [
  { name: 'headers and dual exhaust', category: 'performance' },
  { name: 'LS engine swap', category: 'performance' },
  { name: 'aftermarket wheels', category: 'cosmetic' },
  { name: 'respray in a non-original colour', category: 'cosmetic' },
  { name: 'lowering springs', category: 'suspension' },
  { name: 'four-inch lift kit', category: 'suspension' },
  { name: 'bucket seat conversion', category: 'interior' },
  { name: 'digital gauge cluster', category: 'interior' },
  { name: 'front disc brake conversion', category: 'safety' },
  { name: 'roll bar', category: 'safety' },
  { name: 'trailer hitch', category: 'other' },
];
