import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkDigit, checkVin } from '../../../src/domain/vin.ts';

describe('a VIN of 17 characters', () => {
  test.each(['1M8GDM9AXKP042788', '11111111111111111', '1HGCM82633A004352', '5GZCZ43D13S812715'])(
    '%s, a published example, is valid',
    (vin) => {
      expect(checkVin(vin)).toMatchObject({ form: 'iso-17', valid: true, reason: null });
    },
  );

  test('is valid with spaces, dashes and small letters, and is kept as read beside its normal form', () => {
    const read = '1m8gd-m9ax kp042788';
    expect(checkVin(read)).toMatchObject({ read, normalised: '1M8GDM9AXKP042788', valid: true });
  });

  test('with a wrong check digit is kept, and the reason names the right one', () => {
    const check = checkVin('1M8GDM9A1KP042788');
    expect(check).toMatchObject({ normalised: '1M8GDM9A1KP042788', valid: false });
    expect(check.reason).toContain('is 1, should be X');
  });

  test.each(['I', 'O', 'Q'])('with an %s in it is not valid, and the reason says where', (letter) => {
    const check = checkVin(`1M8GDM9AXKP04278${letter}`);
    expect(check.valid).toBe(false);
    expect(check.reason).toContain(`${letter} in place 17`);
  });

  test('is caught whenever one digit was read as another', () => {
    const digit = fc.integer({ min: 0, max: 9 });
    const serial = fc.array(digit, { minLength: 6, maxLength: 6 }).map((digits) => digits.join(''));
    fc.assert(
      fc.property(
        serial,
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 1, max: 9 }),
        (digits, place, by) => {
          const raw = `1G1AP87H0DN${digits}`;
          const vin = raw.slice(0, 8) + checkDigit(raw) + raw.slice(9);
          const misread = (Number(digits[place]) + by) % 10;
          expect(checkVin(vin).valid).toBe(true);
          expect(checkVin(vin.slice(0, 11 + place) + misread + vin.slice(12 + place)).valid).toBe(false);
        },
      ),
    );
  });
});

describe('a VIN from before 1981 is known by its shape', () => {
  test.each([
    ['1Z37J3S400001', 'gm-13', '1973 Corvette'],
    ['2W87Z9N100002', 'gm-13', '1979 Firebird'],
    ['136379K123456', 'gm-13-early', '1969 Chevelle'],
    ['30867S100001', 'gm-12', '1963 Corvette'],
    ['CE140F112233', 'gm-truck-12', '1970 C/10'],
    ['CCE142F112233', 'gm-truck-13', '1972 C/10'],
    ['RS23V0A123456', 'chrysler-13', '1970 GTX'],
    ['9F02M123456', 'ford-11', '1969 Mustang'],
    ['F10YLA12345', 'ford-truck-11', '1968 F-100'],
    ['A9M397X123456', 'amc-13', '1969 AMX'],
    ['J7F83AA012345', 'jeep-13', '1977 CJ-5'],
    ['1182223333', 'volkswagen-10', '1968 Beetle'],
    ['11304412001234', 'mercedes-14', '280 SL'],
  ])('%s is %s (%s)', (vin, form) => {
    expect(checkVin(vin)).toMatchObject({ form, valid: true, reason: null });
  });

  test.each(['1Z37J3S40000', '1Z37J3S4000OI', 'unreadable', ''])(
    '"%s" fits no shape: kept and flagged',
    (vin) => {
      expect(checkVin(vin)).toMatchObject({ read: vin, form: 'unknown', valid: false });
    },
  );
});

test('whatever is read, checking it never throws and keeps what was read', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (read) => {
      const check = checkVin(read);
      expect(check.read).toBe(read);
      expect(check.valid).toBe(check.reason === null);
    }),
  );
});
