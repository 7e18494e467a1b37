/** Whether a segment is built as its marker says: what only passes itself off as a table could tell anything. */
export function isNeeded(marker: number, body: Buffer): boolean {
  return BUILT[marker]?.(body) ?? false;
}

/** The parts of a picture that get through: frame headers (baseline, extended, progressive), tables, scans. */
const BUILT: Record<number, (body: Buffer) => boolean> = {
  192: isFrame,
  193: isFrame,
  194: isFrame,
  196: (body) => consists(body, huffmanTable),
  218: isScan,
  219: (body) => consists(body, quantizationTable),
  221: (body) => body.length === 2,
};

/** Eight or twelve bits, height, width, and three bytes for each component. */
function isFrame(body: Buffer): boolean {
  return (body[0] === 8 || body[0] === 12) && body.length === 6 + 3 * (body[5] as number);
}

/** Two bytes for each of one to four components, and three for the band. */
function isScan(body: Buffer): boolean {
  const components = body[0] ?? 0;
  return components >= 1 && components <= 4 && body.length === 4 + 2 * components;
}

/** Tables, one after another, of the sizes that they say; `sizeAt` tells the size, or null for what is none. */
function consists(body: Buffer, sizeAt: (body: Buffer, at: number) => number | null): boolean {
  let at = 0;
  while (at < body.length) {
    const size = sizeAt(body, at);
    if (size === null) return false;
    at += size;
  }
  return at === body.length && at > 0;
}

/** Class and number, how many codes there are of each of sixteen lengths, and a byte for each code. */
function huffmanTable(body: Buffer, at: number): number | null {
  if (((body[at] as number) & ~0x13) !== 0 || at + 17 > body.length) return null;
  return 17 + body.subarray(at + 1, at + 17).reduce((sum, codes) => sum + codes, 0);
}

/** Precision and number, and 64 values of one or two bytes. */
function quantizationTable(body: Buffer, at: number): number | null {
  if (((body[at] as number) & ~0x13) !== 0) return null;
  return (body[at] as number) & 0x10 ? 129 : 65;
}
