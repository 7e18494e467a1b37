import { photoKind, type SeenLabel } from './photo-kind.ts';

export interface DocumentNomination {
  /** The label that nominated the photo. */
  label: string;
  /** It may be a title, a registration or a licence. Doubt counts as yes. */
  sensitive: boolean;
}

/** Words for paper itself, with the confidence from which one is enough. */
const PAPER: Record<string, number> = {
  document: 50,
  receipt: 50,
  invoice: 50,
  form: 60,
  letter: 60,
  page: 60,
  'id cards': 40,
  'driving license': 40,
  license: 60,
  passport: 40,
  certificate: 50,
  diploma: 50,
  label: 80,
  sticker: 80,
  book: 80,
  brochure: 80,
  newspaper: 80,
  handwriting: 80,
};

/** Words that a badge, a number plate or a sign on a wall earns as well. */
const WRITING: Record<string, number> = { text: 85, paper: 75, number: 95, barcode: 80, 'qr code': 80 };

/** A photo with a vehicle this large in it (share of the picture) is no photo of a paper with writing on it. */
const VEHICLE_SHARE = 0.25;
const VEHICLES = new Set([
  'car',
  'vehicle',
  'truck',
  'pickup truck',
  'automobile',
  'van',
  'suv',
  'jeep',
  'motorcycle',
]);

/** Papers about a person. One of these, even faintly, and the photo is sensitive. */
const IDENTITY = new Set(['id cards', 'driving license', 'license', 'passport', 'certificate', 'diploma']);
const IDENTITY_CONFIDENCE = 30;

/** Papers that are about goods: seen clearly, with no identity paper in sight, they are not sensitive. */
const GOODS = new Set([
  'receipt',
  'invoice',
  'label',
  'sticker',
  'book',
  'brochure',
  'newspaper',
  'advertisement',
  'poster',
  'barcode',
]);
const GOODS_CONFIDENCE = 70;

/**
 * Whether the photo is worth the document question. A photo nominated in vain costs one question; a
 * document that is missed is appraised as a car: so doubt nominates.
 */
export function documentNomination(labels: readonly SeenLabel[]): DocumentNomination | null {
  const paper = strongest(labels, PAPER);
  if (paper) return { label: paper.name, sensitive: isSensitive(labels) };
  const writing = showsVehicle(labels) ? undefined : strongest(labels, WRITING);
  // Gauges and badges have writing on them: a part of a vehicle in view is no paper about a person.
  return writing
    ? { label: writing.name, sensitive: photoKind(labels) === 'other' && isSensitive(labels) }
    : null;
}

function strongest(labels: readonly SeenLabel[], thresholds: Record<string, number>): SeenLabel | undefined {
  return labels
    .filter(
      ({ name, confidence }) => confidence >= (thresholds[name.toLowerCase()] ?? Number.POSITIVE_INFINITY),
    )
    .toSorted((a, b) => b.confidence - a.confidence)[0];
}

function showsVehicle(labels: readonly SeenLabel[]): boolean {
  return labels.some(
    ({ name, instances }) =>
      VEHICLES.has(name.toLowerCase()) &&
      instances.some(({ box }) => box.width * box.height >= VEHICLE_SHARE),
  );
}

/** Labels rarely tell a title from another form, so a paper is sensitive unless it is clearly about goods. */
function isSensitive(labels: readonly SeenLabel[]): boolean {
  const seen = (names: Set<string>, least: number) =>
    labels.some(({ name, confidence }) => names.has(name.toLowerCase()) && confidence >= least);
  return seen(IDENTITY, IDENTITY_CONFIDENCE) || !seen(GOODS, GOODS_CONFIDENCE);
}
