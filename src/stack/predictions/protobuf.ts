/** A message as pieces to be written one after the other: weights are never copied. */
export type Message = Uint8Array[];

/** Varints of the wire format; enough for field types int32, int64 and enum, from 0. */
export function whole(field: number, value: number): Message {
  return [Uint8Array.from([...varint(field * 8), ...varint(value)])];
}

export function float(field: number, value: number): Message {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [Uint8Array.from(varint(field * 8 + 5)), bytes];
}

export function text(field: number, value: string): Message {
  return nested(field, [new TextEncoder().encode(value)]);
}

/** A message, or bytes, within another. */
export function nested(field: number, ...messages: Message[]): Message {
  const pieces = messages.flat();
  const length = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  return [Uint8Array.from([...varint(field * 8 + 2), ...varint(length)]), ...pieces];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  // Division, because shifts would cut lengths above 2^31.
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}
