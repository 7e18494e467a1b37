import { createHash } from 'node:crypto';
import { PHOTOS_PER_VEHICLE } from './vehicle.ts';

/** Added to a photo's number for a row that holds an exact copy of that photo. */
const COPY = 500;

/** The row id of a photo. Ids do not follow the numbers' order, as real ones follow none. */
export function imageIdOf(number: number, copy = false): string {
  return sampleUuid('image', copy ? number + COPY : number);
}

export function vehicleIdOf(vehicle: number): string {
  return sampleUuid('vehicle', vehicle);
}

/** The number of the photo that a row shows; a copy shows the photo that it is a copy of. */
export function numberOf(imageId: string): number {
  const number = Number.parseInt(imageId.slice(-12), 16);
  return number % PHOTOS_PER_VEHICLE > COPY ? number - COPY : number;
}

/** A version 8 UUID: 68 bits of a hash, and the number in the last twelve digits. */
export function sampleUuid(kind: string, number: number): string {
  const hash = createHash('sha256').update(`${kind}/${number}`).digest('hex');
  const tail = number.toString(16).padStart(12, '0');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(12, 15)}-8${hash.slice(15, 18)}-${tail}`;
}
