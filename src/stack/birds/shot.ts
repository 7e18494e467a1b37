import { type Dice, dice } from '../sample/random.ts';
import { type BirdKind, kindOf } from './kind.ts';
import { type PlacedBird, placedBirds } from './placing.ts';
import { FORMS, type Setting, SPECIES, type Species } from './species.ts';

/** How a bird photo is composed: what is drawn, and what the truth about it is made of. */
export interface BirdShot {
  number: number;
  kind: BirdKind;
  /** All birds of a photo are of one; where there is none, it tells of the place. */
  species: Species;
  setting: Setting;
  /** Of the upright picture, in pixels. */
  width: number;
  height: number;
  /** Mean brightness, 0 to 255: `dark` is below 40, `bright` above 220. */
  light: 'dark' | 'usual' | 'bright';
  birds: PlacedBird[];
}

/** Pure and stable: the same number is always the same shot. */
export function birdShotOf(number: number): BirdShot {
  const choose = dice('bird', number);
  const kind = kindOf(number);
  const species = choose.pick(kind === 'too-large' ? FILLING : SPECIES);
  const form = FORMS[species.form];
  const aspect = choose.pick(form.aspect < 1 && kind !== 'several' ? [3 / 4, 4 / 3] : [4 / 3, 4 / 3, 3 / 2]);
  const { width, height } = sizeOf(kind, aspect, choose);
  return {
    number,
    kind,
    species,
    setting: choose.pick(kind === 'no-bird' ? ['feeder', ...form.settings] : form.settings),
    width,
    height,
    light: kind === 'too-dark' ? 'dark' : kind === 'overexposed' ? 'bright' : 'usual',
    birds: placedBirds({ kind, form: species.form, aspect }, choose),
  };
}

/** Of a shape that fills a picture. */
const FILLING = SPECIES.filter(({ form }) => form === 'songbird' || form === 'duck');

/** At least 120,000 pixels, but for `few-pixels`. */
function sizeOf(kind: BirdKind, aspect: number, choose: Dice): { width: number; height: number } {
  const long = choose.pick(kind === 'few-pixels' ? [288, 320, 384] : [640, 640, 720, 800]);
  const side = (fraction: number) => Math.round(long * Math.min(1, fraction));
  return { width: side(aspect), height: side(1 / aspect) };
}
