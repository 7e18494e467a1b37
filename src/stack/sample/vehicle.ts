import type { Dice } from './random.ts';
import { dice } from './random.ts';

/** What a sample vehicle is and looks like: every photo of it shows the same one. */
export interface VehicleLook {
  vehicle: number;
  year: number;
  make: string;
  model: string;
  trim: string;
  body: Body;
  color: Color;
  finish: 'gloss' | 'metallic' | 'pearl' | 'satin' | 'matte' | 'primer' | 'patina';
  /** 0 (a wreck) to 100 (concours). */
  state: number;
  build: 'factory' | 'professional' | 'diy';
  vin: string;
  paintCode: string;
  buildDate: string;
  rpoCodes: string[];
}

export type Body = 'coupe' | 'sedan' | 'pickup' | 'suv' | 'wagon';

export interface Color {
  name: string;
  hex: string;
  code: string;
}

/** A photo's number says whose photo it is: 1000 × vehicle + photo, photo from 1 to 999. */
export const PHOTOS_PER_VEHICLE = 1000;

export function vehicleOf(photoNumber: number): number {
  return Math.floor(photoNumber / PHOTOS_PER_VEHICLE);
}

/** Pure and stable: the same number is always the same vehicle. */
export function lookOf(vehicle: number): VehicleLook {
  const choose = dice('vehicle', vehicle);
  const line = choose.pick(LINES);
  const year = choose.int(line.years[0], line.years[1]);
  const color = choose.pick(COLORS);
  const state = choose.int(18, 97);
  return {
    vehicle,
    year,
    make: line.make,
    model: line.model,
    trim: choose.pick(line.trims),
    body: line.body,
    color,
    finish: finishFor(choose, state),
    state,
    build: choose.pick(['factory', 'factory', 'professional', 'diy'] as const),
    vin: year >= 1981 ? modernVin(choose, line, year) : gmVinBefore1981(choose, line, year),
    paintCode: color.code,
    buildDate: `${String(choose.int(1, 12)).padStart(2, '0')}/${String(choose.int(1, 28)).padStart(2, '0')}/${year}`,
    rpoCodes: choose.some(RPO_CODES, choose.int(6, 14)),
  };
}

function finishFor(choose: Dice, state: number): VehicleLook['finish'] {
  if (state < 35) return choose.pick(['patina', 'primer', 'matte']);
  return choose.pick(['gloss', 'gloss', 'metallic', 'metallic', 'pearl', 'satin']);
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

/** The check digit of a 17-character VIN; the ninth character given counts for nothing. */
export function checkDigit(vin: string): string {
  const sum = [...vin].reduce((total, character, index) => {
    return total + (VIN_VALUES[character] ?? Number(character)) * (VIN_WEIGHTS[index] ?? 0);
  }, 0);
  return sum % 11 === 10 ? 'X' : String(sum % 11);
}

const VIN_WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
const VIN_VALUES: Record<string, number> = Object.fromEntries(
  ['AJ', 'BKS', 'CLT', 'DMU', 'ENV', 'FW', 'GPX', 'HY', 'RZ'].flatMap((letters, index) =>
    [...letters].map((letter) => [letter, index + 1]),
  ),
);

/** Model years from 1980 on, and again from 2010. */
const MODEL_YEARS = 'ABCDEFGHJKLMNPRSTVWXY123456789';

interface Line {
  make: string;
  model: string;
  trims: readonly string[];
  body: Body;
  years: readonly [number, number];
}

const LINES: readonly Line[] = [
  { make: 'Chevrolet', model: 'Camaro', trims: ['Z/28', 'RS', 'SS'], body: 'coupe', years: [1967, 1992] },
  {
    make: 'Chevrolet',
    model: 'Chevelle',
    trims: ['Malibu', 'SS 396', 'Laguna'],
    body: 'coupe',
    years: [1966, 1977],
  },
  {
    make: 'Chevrolet',
    model: 'C10',
    trims: ['Silverado', 'Scottsdale', 'Cheyenne'],
    body: 'pickup',
    years: [1973, 1987],
  },
  {
    make: 'Chevrolet',
    model: 'K5 Blazer',
    trims: ['Silverado', 'Custom Deluxe'],
    body: 'suv',
    years: [1973, 1991],
  },
  {
    make: 'Chevrolet',
    model: 'Suburban',
    trims: ['LS', 'LT', 'Scottsdale'],
    body: 'suv',
    years: [1973, 2006],
  },
  { make: 'Chevrolet', model: 'Caprice', trims: ['Classic', 'Estate'], body: 'sedan', years: [1971, 1996] },
  { make: 'Chevrolet', model: 'Nomad', trims: ['Bel Air', 'Kingswood'], body: 'wagon', years: [1966, 1972] },
  { make: 'GMC', model: 'Sierra', trims: ['SLE', 'SLT', 'Grande'], body: 'pickup', years: [1975, 2013] },
  { make: 'GMC', model: 'Jimmy', trims: ['High Sierra', 'SLE'], body: 'suv', years: [1973, 2001] },
  {
    make: 'Pontiac',
    model: 'Firebird',
    trims: ['Trans Am', 'Formula', 'Esprit'],
    body: 'coupe',
    years: [1967, 2002],
  },
  { make: 'Pontiac', model: 'Grand Prix', trims: ['SJ', 'LJ', 'GTP'], body: 'sedan', years: [1969, 2008] },
  { make: 'Pontiac', model: 'Safari', trims: ['Catalina', 'Bonneville'], body: 'wagon', years: [1967, 1989] },
];

const COLORS: readonly Color[] = [
  { name: 'Tuxedo Black', hex: '#17181b', code: '19' },
  { name: 'Frost White', hex: '#e9e7df', code: '12' },
  { name: 'Cranberry Red', hex: '#8f1623', code: '72' },
  { name: 'Hugger Orange', hex: '#e0561c', code: '65' },
  { name: 'Daytona Yellow', hex: '#e8b51f', code: '76' },
  { name: 'Fathom Blue', hex: '#20406f', code: '28' },
  { name: 'Light Blue Metallic', hex: '#7fa3bf', code: '24' },
  { name: 'Forest Green', hex: '#2f5138', code: '48' },
  { name: 'Champagne Gold', hex: '#b99d6b', code: '55' },
  { name: 'Cortez Silver', hex: '#a4a8ab', code: '14' },
  { name: 'Burnished Brown', hex: '#5b3a26', code: '61' },
  { name: 'Doeskin Tan', hex: '#c2a883', code: '59' },
  { name: 'Teal Metallic', hex: '#1f6f78', code: '36' },
  { name: 'Medium Maroon', hex: '#571a25', code: '79' },
  { name: 'Gunmetal Grey', hex: '#4c5258', code: '87' },
];

const RPO_CODES: readonly string[] = [
  'AU3',
  'A31',
  'B30',
  'C60',
  'C49',
  'D34',
  'E63',
  'F44',
  'G80',
  'GT4',
  'GU6',
  'J55',
  'K34',
  'L05',
  'L31',
  'LS5',
  'M20',
  'M38',
  'MX0',
  'N33',
  'N40',
  'PA6',
  'QBN',
  'R9A',
  'TR9',
  'U16',
  'U63',
  'V01',
  'VK3',
  'Y91',
  'Z28',
  'Z84',
  'ZW9',
  'YE9',
  'UM6',
  'TT4',
  'P01',
  'NP5',
];
