import type { DetectedLabel } from '../../vision/vision.ts';
import type { Body } from './catalogue.ts';
import type { Part } from './places.ts';
import type { Dice } from './random.ts';
import { dice } from './random.ts';
import type { DocumentKind, Shot } from './shot.ts';

/**
 * What Rekognition sees. Parts have boxes, so that an exterior's angle follows from them: a front has two
 * headlights and no wheel, a rear two tail lights and no wheel, a side two wheels and one light at each end,
 * a three-quarter view two wheels and two lights of one kind. A photo with writing on it that is no document
 * (a badge, a decal, gauges) has `Text` at 88 or more, and no `Car` with a box.
 */
export function labelsOf(shot: Shot): DetectedLabel[] {
  const choose = dice('labels', shot.number);
  const instances = instancesOf(shot.parts, choose);
  const names = new Set([...instances.keys(), ...impliedBy(shot, choose)]);
  return [...names]
    .map((name) => ({
      name,
      confidence: Math.max(
        choose.real(name === 'Text' ? 88 : 72, 99.9, 2),
        ...(instances.get(name) ?? []).map((one) => one.confidence),
      ),
      parents: PARENTS[name] ?? [],
      categories: [CATEGORIES[name] ?? 'Vehicles and Automotive'],
      instances: instances.get(name) ?? [],
    }))
    .sort((a, b) => b.confidence - a.confidence);
}

/** Instances by name, in the order of the parts. */
function instancesOf(parts: Part[], choose: Dice): Map<string, DetectedLabel['instances']> {
  const found = new Map<string, DetectedLabel['instances']>();
  for (const { name, box } of parts) {
    const confidence = choose.real(80, 99.9, 2);
    found.set(name, [...(found.get(name) ?? []), { confidence, box }]);
  }
  return found;
}

/** Labels of the picture as a whole. */
function impliedBy(shot: Shot, choose: Dice): string[] {
  const lettering = shot.lettering ? ['Text', choose.pick(['Logo', 'Symbol'])] : [];
  const rust = shot.damage.some(({ kind }) => kind === 'rust') ? ['Rust'] : [];
  switch (shot.scene) {
    case 'exterior':
      return ['Vehicle', 'Transportation', 'Tire', BODY_LABELS[shot.look.body], ...lettering, ...rust];
    case 'interior':
      return ['Vehicle', 'Transportation', 'Car - Interior', 'Cushion', ...lettering];
    case 'engine':
      return ['Motor', 'Machine', 'Vehicle', 'Transportation', ...lettering, ...rust];
    case 'undercarriage':
      return ['Machine', 'Vehicle', 'Transportation', 'Chassis', ...rust];
    case 'document':
      return shot.document === null ? [] : DOCUMENT_LABELS[shot.document];
  }
}

const BODY_LABELS: Record<Body, string> = {
  coupe: 'Coupe',
  sedan: 'Sedan',
  pickup: 'Pickup Truck',
  suv: 'Suv',
  wagon: 'Station Wagon',
};

const DOCUMENT_LABELS: Record<DocumentKind, string[]> = {
  spid_sheet: ['Document', 'Text', 'Page', 'Paper', 'Label'],
  title: ['Document', 'Text', 'Paper', 'Diploma'],
  registration: ['Document', 'Text', 'Paper', 'Id Cards'],
  license: ['Document', 'Text', 'Id Cards', 'Driving License', 'Person'],
  receipt: ['Document', 'Text', 'Receipt', 'Invoice', 'Paper'],
  manual: ['Document', 'Text', 'Page', 'Book', 'Publication'],
  window_sticker: ['Document', 'Text', 'Page', 'Advertisement', 'Poster'],
  other: ['Document', 'Text', 'Page', 'Letter', 'Handwriting'],
};

const OF_VEHICLE = ['Transportation', 'Vehicle'];
const OF_DOCUMENT = ['Document', 'Text'];

const PARENTS: Record<string, string[]> = {
  Vehicle: ['Transportation'],
  Car: OF_VEHICLE,
  Coupe: ['Car', 'Sports Car', ...OF_VEHICLE],
  Sedan: ['Car', ...OF_VEHICLE],
  Suv: ['Car', ...OF_VEHICLE],
  'Station Wagon': ['Car', ...OF_VEHICLE],
  'Pickup Truck': ['Truck', ...OF_VEHICLE],
  'Car - Interior': ['Car', ...OF_VEHICLE],
  Headlight: OF_VEHICLE,
  'Tail Light': OF_VEHICLE,
  Grille: OF_VEHICLE,
  Bumper: OF_VEHICLE,
  'License Plate': OF_VEHICLE,
  'Steering Wheel': OF_VEHICLE,
  Dashboard: ['Car', ...OF_VEHICLE],
  'Car Seat': ['Car', ...OF_VEHICLE],
  'Gear Shift': OF_VEHICLE,
  Wheel: ['Machine'],
  Tire: ['Car Wheel', 'Machine', 'Wheel'],
  Motor: ['Machine'],
  Engine: ['Machine', 'Motor'],
  Radiator: ['Machine'],
  Axle: ['Machine'],
  Exhaust: ['Machine'],
  Suspension: ['Machine'],
  Chassis: OF_VEHICLE,
  Document: ['Text'],
  Page: ['Text'],
  Letter: OF_DOCUMENT,
  Handwriting: ['Text'],
  Label: ['Text'],
  Receipt: OF_DOCUMENT,
  Invoice: OF_DOCUMENT,
  Diploma: OF_DOCUMENT,
  'Id Cards': OF_DOCUMENT,
  'Driving License': ['Document', 'Id Cards', 'Text'],
  Book: ['Publication'],
  Poster: ['Advertisement'],
  Emblem: ['Symbol'],
  Logo: ['Symbol'],
};

const CATEGORIES: Record<string, string> = {
  ...Object.fromEntries(
    Object.values(DOCUMENT_LABELS)
      .flat()
      .map((name) => [name, 'Text and Documents']),
  ),
  Person: 'Person Description',
  Logo: 'Symbols and Flags',
  Symbol: 'Symbols and Flags',
  Emblem: 'Symbols and Flags',
  Machine: 'Tools and Machinery',
  Motor: 'Tools and Machinery',
  Engine: 'Tools and Machinery',
  Wheel: 'Tools and Machinery',
  Cushion: 'Home and Indoors',
  Rust: 'Damage Detection',
};
