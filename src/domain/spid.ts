import { checkVin, type VinCheck } from './vin.ts';

/** What was read off a Service Parts Identification sheet, as printed. */
export interface SpidReading {
  vin: string | null;
  rpo_codes: string[];
  paint_codes: string[];
  build_date: string | null;
}

/** A reading and what can be said about it. */
export interface SpidFindings extends SpidReading {
  /** Null when the sheet shows no VIN. */
  vin_check: VinCheck | null;
  /** The build date as `YYYY-MM-DD`, where what is printed names one day. */
  built_on: string | null;
}

export function examineSpid(reading: SpidReading): SpidFindings {
  return {
    ...reading,
    vin_check: reading.vin ? checkVin(reading.vin) : null,
    built_on: reading.build_date ? builtOn(reading.build_date) : null,
  };
}

/** What a vehicle may take over from the sheet. A VIN that fails its check is for people to look at first. */
export function vehicleFacts(spid: SpidFindings): Record<VehicleFact, string | string[] | null> {
  return {
    vin: spid.vin_check?.valid ? spid.vin_check.normalised : null,
    paint_code: spid.paint_codes.join(', ') || null,
    build_date: spid.build_date,
    rpo_codes: spid.rpo_codes.length > 0 ? spid.rpo_codes : null,
  };
}

export const VEHICLE_FACTS = ['vin', 'paint_code', 'build_date', 'rpo_codes'] as const;
export type VehicleFact = (typeof VEHICLE_FACTS)[number];

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

/** Reads `1987-03-14`, `03/14/87`, `03-14-1987` and `14 MAR 87`; a month alone names no day. Two digits mean 19xx from 30 on. */
export function builtOn(printed: string): string | null {
  const text = printed.trim().toUpperCase();
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (iso) return day(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const american = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})$/.exec(text);
  if (american) return day(century(american[3]), Number(american[1]), Number(american[2]));
  const named = /^(\d{1,2})[ -]?([A-Z]{3})[A-Z]*[ -]?(\d{4}|\d{2})$/.exec(text);
  if (named) return day(century(named[3]), MONTHS.indexOf(named[2] ?? '') + 1, Number(named[1]));
  return null;
}

function century(year = ''): number {
  if (year.length === 4) return Number(year);
  return Number(year) >= 30 ? 1900 + Number(year) : 2000 + Number(year);
}

function day(year: number, month: number, date: number): string | null {
  const time = new Date(Date.UTC(year, month - 1, date));
  const exists = time.getUTCMonth() === month - 1 && time.getUTCDate() === date;
  return exists ? time.toISOString().slice(0, 10) : null;
}
