import { imageIdOf, numberOf, vehicleIdOf } from './identity.ts';
import { PHOTO_VERSION, storageOf } from './photo.ts';
import { PLANTS, type Plant } from './planted.ts';
import { type Dice, dice } from './random.ts';
import { PHOTOS_PER_VEHICLE } from './vehicle.ts';

export interface SampleSize {
  /** Images that have a vehicle; a few without one come on top. */
  images: number;
  vehicles: number;
  /** Other seeds are other vehicles: 0 to 400, 0 unless given. */
  seed?: number;
}

export interface PlannedImage {
  id: string;
  number: number;
  vehicleId: string | null;
  /** How far an earlier tool came with it. */
  analysis: 'never' | 'partly' | 'fully';
  /** Path under the sample's folder, with `/`. */
  key: string;
  plant: Plant | null;
  /** The row whose file holds the same bytes. */
  copyOf: string | null;
}

export interface SamplePlan {
  /** Numbers of the vehicles. */
  vehicles: number[];
  images: PlannedImage[];
}

/** The seed's database: 2,934 images, of which 1,967 were never analysed and 200 fully. */
const KNOWN = { images: 2_934, never: 1_967, fully: 200 };
const MOST_IMAGES = 200;
const VEHICLES_PER_SEED = 10_000;
/** An image without a vehicle belongs to this one, which has no row. */
const NO_VEHICLE = 0;

/** Pure: every row of a sample of this size, before anything is drawn. Throws RangeError. */
export function planSample({ images, vehicles, seed = 0 }: SampleSize): SamplePlan {
  if (vehicles < 1 || vehicles >= VEHICLES_PER_SEED || seed < 0 || seed > 400)
    throw new RangeError(
      `A sample has 1 to 9,999 vehicles and a seed from 0 to 400, not ${vehicles} and ${seed}.`,
    );
  if (images < vehicles || images > vehicles * MOST_IMAGES)
    throw new RangeError(
      `${vehicles} vehicles have ${vehicles} to ${vehicles * MOST_IMAGES} images, not ${images}.`,
    );
  const choose = dice('plan', images, vehicles, seed);
  const first = seed * VEHICLES_PER_SEED;
  const numbers = Array.from({ length: vehicles }, (_, index) => first + index + 1);
  const sizes = shuffled(choose, imagesPerVehicle(images, vehicles));
  const owned = numbers.flatMap((vehicle, index) => photosOf(vehicle, sizes[index] ?? 1));
  const planned = analysed(choose, owned);
  plant(planned);
  copySome(planned, Math.round(images * 0.007));
  const orphans = photosOf(first + NO_VEHICLE, Math.max(1, Math.round(images * 0.004)));
  return { vehicles: numbers, images: [...planned, ...orphans] };
}

/** A few vehicles have very many, some exactly one, as people photograph. */
function imagesPerVehicle(images: number, vehicles: number): number[] {
  const single = Math.floor(vehicles * 0.08);
  const weights = Array.from({ length: vehicles }, (_, index) =>
    index < vehicles - single ? (index + 1) ** -0.8 : 0,
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const sizes = weights.map((weight) =>
    Math.min(MOST_IMAGES, 1 + Math.floor(((images - vehicles) * weight) / sum)),
  );
  let left = images - sizes.reduce((total, size) => total + size, 0);
  for (let index = 0; left > 0; index = (index + 1) % vehicles) {
    const full = (sizes[index] ?? 0) >= MOST_IMAGES;
    const spared =
      index >= vehicles - single &&
      left <= images / 2 &&
      sizes.some((size, at) => at < vehicles - single && size < MOST_IMAGES);
    if (full || spared) continue;
    sizes[index] = (sizes[index] ?? 0) + 1;
    left--;
  }
  return sizes;
}

function photosOf(vehicle: number, count: number): PlannedImage[] {
  return Array.from({ length: count }, (_, index) => plannedPhoto(vehicle, index + 1));
}

function plannedPhoto(vehicle: number, photo: number): PlannedImage {
  const number = vehicle * PHOTOS_PER_VEHICLE + photo;
  const orphan = vehicle % VEHICLES_PER_SEED === NO_VEHICLE;
  const folder = orphan ? 'unsorted' : `vehicles/${vehicleIdOf(vehicle)}`;
  return {
    id: imageIdOf(number),
    number,
    vehicleId: orphan ? null : vehicleIdOf(vehicle),
    analysis: 'never',
    key: `photos-v${PHOTO_VERSION}/${folder}/IMG_${nameOf(number)}.${storageOf(number).extension}`,
    plant: null,
    copyOf: null,
  };
}

function nameOf(number: number): string {
  return String(number).padStart(6, '0');
}

/** In the known proportions, spread over all vehicles. */
function analysed(choose: Dice, images: PlannedImage[]): PlannedImage[] {
  const never = Math.round((images.length * KNOWN.never) / KNOWN.images);
  const fully = Math.round((images.length * KNOWN.fully) / KNOWN.images);
  const order = shuffled(
    choose,
    images.map((_, index) => index),
  );
  const marked = [...images];
  order.forEach((at, rank) => {
    const image = images[at];
    const analysis = rank < never ? 'never' : rank < never + fully ? 'fully' : 'partly';
    if (image) marked[at] = { ...image, analysis };
  });
  return marked;
}

/** Evenly among those never analysed; one plant for ten images at most, each once. */
function plant(images: PlannedImage[]): void {
  const never = images.filter(({ analysis }) => analysis === 'never');
  const plants = PLANTS.slice(0, Math.floor(never.length / 10));
  plants.forEach((one, index) => {
    const image = never[Math.floor(((index + 0.5) * never.length) / plants.length)];
    if (!image) return;
    image.plant = one;
    image.key = image.key.replace(/\.\w+$/, `-${one.name}.${one.extension}`);
  });
}

/** Makes some rows exact copies of an earlier photo of the same vehicle; both never analysed, neither planted. */
function copySome(images: PlannedImage[], count: number): void {
  const usual = images.filter(({ analysis, plant }) => analysis === 'never' && !plant);
  const pairs = usual.flatMap((image, index) => {
    const original = usual[index - 1];
    return index % 2 === 1 && original && original.vehicleId === image.vehicleId ? [{ image, original }] : [];
  });
  const step = Math.max(1, Math.floor(pairs.length / Math.max(1, count)));
  for (let taken = 0; taken < Math.min(count, pairs.length); taken++) {
    const pair = pairs[taken * step];
    if (pair) becomeCopy(pair.image, pair.original);
  }
}

function becomeCopy(image: PlannedImage, original: PlannedImage): void {
  image.number = original.number;
  image.id = imageIdOf(original.number, true);
  image.copyOf = original.id;
  image.key = original.key.replace(/(\.\w+)$/, '_copy$1');
  if (numberOf(image.id) !== original.number) throw new RangeError(`${image.id} does not say its photo.`);
}

function shuffled<T>(choose: Dice, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: choose.next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
