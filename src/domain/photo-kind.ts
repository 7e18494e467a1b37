/** The parts of a detected label that the decisions about a photo rest on. Confidence runs from 0 to 100. */
export interface SeenLabel {
  name: string;
  confidence: number;
  parents?: string[];
  /** Fractions of width and height, 0 to 1. */
  instances: { confidence: number; box: SeenBox }[];
}

export interface SeenBox {
  left: number;
  top: number;
  width: number;
  height: number;
}

export const PHOTO_KINDS = ['exterior', 'interior', 'engine', 'undercarriage', 'other'] as const;
export type PhotoKind = (typeof PHOTO_KINDS)[number];

/**
 * How strongly a label speaks for a kind. A part that is seen from one place only counts 3, one that is
 * usual there 2, one that merely fits 1. `Car` is in nearly every photo, so it decides only when nothing
 * else does.
 */
const WEIGHTS: Record<Exclude<PhotoKind, 'other'>, Record<string, number>> = {
  engine: {
    'car engine': 3,
    'engine bay': 3,
    engine: 3,
    motor: 3,
    carburetor: 3,
    radiator: 2,
    'air filter': 2,
    'spark plug': 2,
    battery: 1,
    hose: 1,
    wiring: 1,
    machine: 0.5,
  },
  interior: {
    'steering wheel': 3,
    'car - interior': 3,
    'car interior': 3,
    'car seat': 3,
    dashboard: 3,
    speedometer: 3,
    tachometer: 3,
    headrest: 3,
    interior: 2,
    gauge: 2,
    'gear shift': 2,
    pedal: 2,
    seat: 2,
    cushion: 1,
    upholstery: 2,
    'seat belt': 2,
    leather: 1,
    'car radio': 2,
  },
  undercarriage: {
    undercarriage: 3,
    chassis: 3,
    axle: 3,
    'drive shaft': 3,
    'exhaust pipe': 2,
    exhaust: 2,
    muffler: 3,
    suspension: 3,
    'shock absorber': 3,
    'coil spring': 2,
    'leaf spring': 3,
    'oil pan': 2,
    transmission: 2,
    differential: 3,
    brake: 1,
  },
  exterior: {
    car: 0.5,
    vehicle: 0.4,
    automobile: 0.5,
    truck: 1,
    'pickup truck': 1,
    sedan: 1.5,
    coupe: 1.5,
    convertible: 1.5,
    'sports car': 1.5,
    'antique car': 1.5,
    'hot rod': 1.5,
    suv: 1.5,
    van: 1.5,
    jeep: 1,
    headlight: 2,
    'tail light': 2,
    taillight: 2,
    bumper: 2,
    fender: 2,
    grille: 2,
    hood: 1,
    windshield: 1,
    'license plate': 2,
    'alloy wheel': 1.5,
    'car wheel': 1,
    wheel: 0.8,
    tire: 0.8,
    spoke: 0.8,
    'car door': 1,
  },
};

/** Labels below this say nothing about the kind. */
const LEAST_CONFIDENCE = 50;

/** Less than a vague word about a vehicle with middling confidence: then nobody knows. */
const LEAST_SCORE = 0.2;

/** What a photo shows, by the sum of weight × confidence; a tie goes to the rarer kind. */
export function photoKind(labels: readonly SeenLabel[]): PhotoKind {
  let best: PhotoKind = 'other';
  let bestScore = LEAST_SCORE;
  for (const kind of ['engine', 'undercarriage', 'interior', 'exterior'] as const) {
    const score = labels
      .filter(({ confidence }) => confidence >= LEAST_CONFIDENCE)
      .reduce(
        (sum, { name, confidence }) => sum + (WEIGHTS[kind][name.toLowerCase()] ?? 0) * (confidence / 100),
        0,
      );
    if (score > bestScore) {
      best = kind;
      bestScore = score;
    }
  }
  return best;
}
