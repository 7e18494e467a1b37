/** What a string read off a sheet or plate says as a vehicle identification number. */
export interface VinCheck {
  /** As it was read. */
  read: string;
  /** Upper case, without separators. */
  normalised: string;
  form: VinForm | 'unknown';
  valid: boolean;
  /** Why it is not valid, for a person; null when it is. */
  reason: string | null;
}

export type VinForm = 'iso-17' | (typeof SHAPES)[number]['form'];

/**
 * Before 1981 every maker had a form of its own, without a check digit: only the shape can be checked.
 * The first that fits names the form, so narrower shapes stand above wider ones.
 */
const SHAPES = [
  // Letter A, year, transmission, series, body and group, engine, sequence: A9M397X123456.
  { form: 'amc-13', shape: /^A\d[A-Z]\d{3}[A-Z]\d{6}$/ },
  // Letter J, year, transmission, model, body and engine, sequence: J7F83AA012345.
  { form: 'jeep-13', shape: /^J\d[A-Z]\d{2}[A-Z]{2}\d{6}$/ },
  // Division, series letter, body, engine letter, year, plant, sequence (1972 to 1980): 1Z37J3S400001.
  { form: 'gm-13', shape: /^[1-79][A-Z]\d{2}[A-Z]\d[A-Z0-9]\d{6}$/ },
  // Division, series and body in digits, year, plant, sequence (1965 to 1971): 136379K123456.
  { form: 'gm-13-early', shape: /^[1-79]\d{5}[A-Z0-9]\d{6}$/ },
  // Year, series and body, plant, sequence (1960 to 1964): 30867S100001.
  { form: 'gm-12', shape: /^\d{5}[A-Z]\d{6}$/ },
  // Division C or T, chassis, engine, weight, body, year, plant, sequence (1972 to 1980): CCE142F112233.
  { form: 'gm-truck-13', shape: /^[CT][A-Z]{2}\d{3}[A-Z0-9]\d{6}$/ },
  // The same without the division (1967 to 1971): CE140F112233.
  { form: 'gm-truck-12', shape: /^[A-Z]{2}\d{3}[A-Z0-9]\d{6}$/ },
  // Line, price class, body, engine, year, plant, sequence (1966 to 1980): RS23V0A123456.
  { form: 'chrysler-13', shape: /^[A-Z]{2}\d{2}[A-Z]\d[A-Z0-9]\d{6}$/ },
  // Year, plant, body, engine, sequence: 9F02M123456.
  { form: 'ford-11', shape: /^\d[A-Z]\d{2}[A-Z]\d{6}$/ },
  // Series, engine, plant, sequence (its first place may be a letter): F10YLA12345.
  { form: 'ford-truck-11', shape: /^[A-Z]\d{2}[A-Z]{2}[A-Z0-9]\d{5}$/ },
  // Chassis and model, then fourteen digits in all: 11304412001234.
  { form: 'mercedes-14', shape: /^1\d{13}$/ },
  // Model, year, sequence (1965 to 1980): 1182223333. Porsche's early ten digits have the same shape.
  { form: 'volkswagen-10', shape: /^\d{10}$/ },
] as const satisfies readonly { form: string; shape: RegExp }[];

/**
 * Checks a VIN as read: 17 characters by alphabet and check digit (49 CFR 565.15), shorter ones by the
 * shapes that makers used before 1981. Never throws: what fails is kept, with the reason.
 */
export function checkVin(read: string): VinCheck {
  const normalised = read.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
  if (normalised.length === 17) {
    const reason = faultOf17(normalised);
    return { read, normalised, form: 'iso-17', valid: reason === null, reason };
  }
  const form = SHAPES.find(({ shape }) => shape.test(normalised))?.form;
  if (form) return { read, normalised, form, valid: true, reason: null };
  const reason = `fits no known form: it has ${normalised.length} places, not the 17 of 1981 on, nor an earlier maker's shape`;
  return { read, normalised, form: 'unknown', valid: false, reason };
}

/** The check digit that belongs in place nine of a 17-character VIN; I, O and Q are not allowed in it. */
export function checkDigit(vin: string): string {
  const sum = [...vin].reduce(
    (total, character, place) => total + valueOfCharacter(character) * (WEIGHTS[place] ?? 0),
    0,
  );
  return sum % 11 === 10 ? 'X' : String(sum % 11);
}

function faultOf17(vin: string): string | null {
  const forbidden = /[IOQ]/.exec(vin);
  if (forbidden) return `${forbidden[0]} in place ${forbidden.index + 1}: a VIN has no I, O or Q`;
  const expected = checkDigit(vin);
  if (vin[8] === expected) return null;
  return `check digit in place 9 is ${vin[8]}, should be ${expected} (makers outside North America may not use one)`;
}

const WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/** A to Z; letters that a VIN cannot have count nothing. */
const LETTER_VALUES = [1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9];

function valueOfCharacter(character: string): number {
  if (character >= '0' && character <= '9') return Number(character);
  return LETTER_VALUES[character.charCodeAt(0) - 65] ?? 0;
}
