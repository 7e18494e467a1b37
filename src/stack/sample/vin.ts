import { checkDigit } from '../../domain/vin.ts';
import type { Line } from './catalogue.ts';
import type { Dice } from './random.ts';

/** A VIN that passes every check for its year. */
export function vinFor(choose: Dice, line: Line, year: number): string {
  return year >= 1981 ? modernVin(choose, line, year) : gmVinBefore1981(choose, line, year);
}

/** 17 characters; the ninth is the check digit. */
function modernVin(choose: Dice, line: Line, year: number): string {
  const maker = line.make === 'GMC' ? '1GT' : '1GC';
  const yearLetter = MODEL_YEARS[(year - 1980) % MODEL_YEARS.length] ?? 'A';
  const serial = String(choose.int(100_000, 499_999));
  const head = `${maker}${choose.pick([...'CEGHK'])}${choose.pick([...'BCKR'])}${choose.int(10, 34)}${choose.pick([...'HKLMZ'])}`;
  const tail = `${yearLetter}${choose.pick([...'FJSZ1'])}${serial}`;
  return `${head}${checkDigit(`${head}0${tail}`)}${tail}`;
}

/** General Motors' 13 characters, in the forms of trucks from 1973, cars to 1971 and cars from 1972. */
function gmVinBefore1981(choose: Dice, line: Line, year: number): string {
  const tail = `${year % 10}${choose.pick([...'BFJKLNRS'])}${choose.int(100_000, 699_999)}`;
  if (line.body === 'pickup' || line.body === 'suv') {
    return `${line.make === 'GMC' ? 'T' : 'C'}${choose.pick([...'CK'])}${choose.pick([...'LQUYZ'])}${choose.pick(['14', '18', '24'])}${tail}`;
  }
  const division = line.make === 'Pontiac' ? '2' : '1';
  const body = choose.pick(['37', '47', '57', '67', '80', '87']);
  if (year < 1972) return `${division}${choose.int(23, 66)}${body}${tail}`;
  return `${division}${choose.pick([...'CDQSXZ'])}${body}${choose.pick([...'HJKLQSU'])}${tail}`;
}

/** Model years from 1980 on, and again from 2010. */
const MODEL_YEARS = 'ABCDEFGHJKLMNPRSTVWXY123456789';
