import { describe, expect, test } from 'vitest';
import { photoAngle } from '../../../src/domain/photo-angle.ts';
import { documentNomination } from '../../../src/domain/photo-document.ts';
import { photoKind, type SeenLabel } from '../../../src/domain/photo-kind.ts';
import { builtOn, examineSpid, vehicleFacts } from '../../../src/domain/spid.ts';

type Box = [left: number, top: number, width: number, height: number];

function seen(name: string, confidence = 95, ...boxes: Box[]): SeenLabel {
  const instances = boxes.map(([left, top, width, height]) => ({
    confidence,
    box: { left, top, width, height },
  }));
  return { name, confidence, instances };
}

describe('the kind of a photo', () => {
  test('an open bonnet is an engine photo, though the car around it is seen more surely', () => {
    const labels = [
      seen('Car', 99),
      seen('Vehicle', 99),
      seen('Headlight', 60),
      seen('Engine', 80),
      seen('Motor', 80),
    ];
    expect(photoKind(labels)).toBe('engine');
  });

  test('a steering wheel decides for the interior against a car of which nothing else is seen', () => {
    expect(photoKind([seen('Car', 99), seen('Vehicle', 99), seen('Steering Wheel', 70)])).toBe('interior');
  });

  test('axle and suspension are the underside, wheels or not', () => {
    expect(photoKind([seen('Wheel'), seen('Tire'), seen('Axle'), seen('Suspension')])).toBe('undercarriage');
  });

  test('a car and nothing else is an exterior; a dog, or a guess below 50, is nothing we know', () => {
    expect(photoKind([seen('Car')])).toBe('exterior');
    expect(photoKind([seen('Dog')])).toBe('other');
    expect(photoKind([seen('Engine', 49)])).toBe('other');
    expect(photoKind([])).toBe('other');
  });
});

describe('the angle of a photo', () => {
  const wheels = seen('Wheel', 95, [0.1, 0.6, 0.14, 0.19], [0.7, 0.6, 0.14, 0.19]);
  const nearWheelTaller = seen('Wheel', 95, [0.46, 0.6, 0.13, 0.22], [0.77, 0.57, 0.09, 0.17]);

  test('two equal wheels far apart are a side, and the nose tells which', () => {
    expect(photoAngle('exterior', [wheels, seen('Headlight', 90, [0.02, 0.5, 0.03, 0.06])])).toBe(
      'side-left',
    );
    expect(photoAngle('exterior', [wheels, seen('Headlight', 90, [0.95, 0.5, 0.03, 0.06])])).toBe(
      'side-right',
    );
    expect(photoAngle('exterior', [wheels, seen('Tail Light', 90, [0.95, 0.5, 0.03, 0.06])])).toBe(
      'side-left',
    );
    expect(photoAngle('exterior', [wheels])).toBe('side');
  });

  test('wheels in perspective with the lights of one end are a three-quarter view', () => {
    expect(photoAngle('exterior', [nearWheelTaller, seen('Headlight')])).toBe('front-three-quarter');
    expect(photoAngle('exterior', [nearWheelTaller, seen('Tail Light')])).toBe('rear-three-quarter');
  });

  test('lights without a flank are the front or the rear; nothing telling is unknown', () => {
    expect(photoAngle('exterior', [seen('Grille'), seen('Tail Light', 60)])).toBe('front');
    expect(photoAngle('exterior', [seen('Tail Light')])).toBe('rear');
    expect(photoAngle('exterior', [seen('Car')])).toBe('unknown');
  });

  test('inside, what is seen most surely names the view', () => {
    expect(photoAngle('interior', [seen('Steering Wheel', 90), seen('Car Seat', 80)])).toBe('dashboard');
    expect(photoAngle('interior', [seen('Steering Wheel', 60), seen('Car Seat', 80)])).toBe('seats');
    expect(photoAngle('engine', [])).toBe('engine-bay');
    expect(photoAngle('undercarriage', [])).toBe('underneath');
    expect(photoAngle('document', [seen('Headlight')])).toBe('unknown');
  });
});

describe('documents are nominated by labels', () => {
  test('paper is enough; a number plate or a faint text is not', () => {
    expect(documentNomination([seen('Document', 60)])?.label).toBe('Document');
    expect(documentNomination([seen('Car'), seen('License Plate')])).toBeNull();
    expect(documentNomination([seen('Text', 70)])).toBeNull();
  });

  test('writing nominates, unless a vehicle fills a quarter of the picture', () => {
    expect(documentNomination([seen('Text', 95)])?.label).toBe('Text');
    expect(documentNomination([seen('Text', 95), seen('Car', 95, [0.1, 0.1, 0.6, 0.6])])).toBeNull();
    expect(documentNomination([seen('Text', 95), seen('Car', 95, [0.1, 0.1, 0.2, 0.2])])?.label).toBe('Text');
  });

  test('a paper that may be about a person is sensitive, in doubt as well', () => {
    expect(documentNomination([seen('Document'), seen('Id Cards', 35)])?.sensitive).toBe(true);
    expect(documentNomination([seen('Document'), seen('Text')])?.sensitive).toBe(true);
    expect(documentNomination([seen('Document'), seen('Receipt'), seen('Id Cards', 35)])?.sensitive).toBe(
      true,
    );
  });

  test('a receipt, a label, and writing on a dashboard are not', () => {
    expect(documentNomination([seen('Document'), seen('Receipt')])?.sensitive).toBe(false);
    expect(documentNomination([seen('Document'), seen('Label', 80)])?.sensitive).toBe(false);
    expect(documentNomination([seen('Text', 95), seen('Dashboard'), seen('Gauge')])?.sensitive).toBe(false);
  });
});

describe('what an SPID sheet gives to its vehicle', () => {
  const sheet = {
    vin: '1M8GDM9AXKP042788',
    rpo_codes: ['LT1'],
    paint_codes: ['41', '70'],
    build_date: '03/14/89',
  };

  test('is its VIN, paint codes, build date and options', () => {
    const facts = { vin: sheet.vin, paint_code: '41, 70', build_date: '03/14/89', rpo_codes: ['LT1'] };
    expect(vehicleFacts(examineSpid(sheet))).toEqual(facts);
  });

  test('is never a VIN that fails its check', () => {
    const findings = examineSpid({ ...sheet, vin: '1M8GDM9A1KP042788' });
    expect(findings.vin_check?.valid).toBe(false);
    expect(vehicleFacts(findings).vin).toBeNull();
  });

  test.each([
    ['03/14/89', '1989-03-14'],
    ['3-4-1978', '1978-03-04'],
    ['1987-03-14', '1987-03-14'],
    ['14 MAR 87', '1987-03-14'],
    ['02/30/89', null],
    ['02/78', null],
    ['MARCH', null],
  ])('the build date %s is the day %s', (printed, day) => {
    expect(builtOn(printed)).toBe(day);
  });
});
