import { type Dice, dice } from '../sample/random.ts';
import { AMENITIES, type Amenity, COMMON } from './amenity-catalogue.ts';
import { FACADES, ROOMS, STYLES, TRIM_MATERIALS } from './catalogue.ts';

/** What is true of a sample home; its photos may say otherwise now and then, most of them never do. */
export interface Home {
  style: string;
  color: string;
  /** The main one first. */
  materials: string[];
  interior: string[];
  amenities: Amenity[];
}

/** Pure and stable: the same number and seed are always the same home. */
export function homeOf(number: number, seed: number): Home {
  const choose = dice('home', seed, number);
  const facade = choose.pick(FACADES);
  const trims = [choose.pick(TRIM_MATERIALS), choose.pick(TRIM_MATERIALS)].slice(0, choose.int(0, 2));
  return {
    style: choose.pick(STYLES),
    color: choose.pick(facade.colors),
    materials: [...new Set([facade.material, ...trims])],
    interior: ROOMS.filter(() => choose.chance(0.75)).map((group) => choose.pick(group)),
    amenities: amenitiesOf(choose),
  };
}

function amenitiesOf(choose: Dice): Amenity[] {
  const sure = choose.int(0, COMMON - 1);
  return AMENITIES.filter(({ share }, index) => choose.chance(share / 100) || index === sure);
}
