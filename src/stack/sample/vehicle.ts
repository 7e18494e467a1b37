import type { Body, Color } from './catalogue.ts';
import { COLORS, LINES, RPO_CODES } from './catalogue.ts';
import type { Dice } from './random.ts';
import { dice } from './random.ts';
import { vinFor } from './vin.ts';

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
    vin: vinFor(choose, line, year),
    paintCode: color.code,
    buildDate: `${String(choose.int(1, 12)).padStart(2, '0')}/${String(choose.int(1, 28)).padStart(2, '0')}/${year}`,
    rpoCodes: choose.some(RPO_CODES, choose.int(6, 14)),
  };
}

function finishFor(choose: Dice, state: number): VehicleLook['finish'] {
  if (state < 35) return choose.pick(['patina', 'primer', 'matte']);
  return choose.pick(['gloss', 'gloss', 'metallic', 'metallic', 'pearl', 'satin']);
}
