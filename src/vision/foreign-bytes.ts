/** How much of a text is looked at. */
const EXCERPT_BYTES = 1024;

/**
 * What bytes are that begin as no photo does: `a web page (HTML)`. Null where a decoder has to say. Drawings are told from
 * their bytes, because libvips would build the whole of an SVG before it says what it is: 50 MB take seconds and gigabytes.
 */
export function foreignKind(bytes: Uint8Array): string | null {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, EXCERPT_BYTES));
  const binary = start.toString('latin1');
  const known = SIGNATURES.find(({ at, is }) => is.some((signature) => binary.startsWith(signature, at)));
  return known?.kind ?? textKind(start);
}

const SIGNATURES: readonly { kind: string; at: number; is: readonly string[] }[] = [
  { kind: 'a PDF', at: 0, is: ['%PDF-'] },
  // Photos (HEIF, AVIF, Canon's raw) are in the same container, under other brands.
  {
    kind: 'a video',
    at: 4,
    is: ['iso', 'mp4', 'M4', 'qt', '3g', 'avc1', 'dash', 'mmp4', 'f4v'].map((brand) => `ftyp${brand}`),
  },
  { kind: 'a video', at: 4, is: ['moov', 'mdat', 'wide'] },
  { kind: 'a video', at: 0, is: ['\x1a\x45\xdf\xa3'] },
  { kind: 'a video', at: 8, is: ['AVI '] },
  { kind: 'sound', at: 0, is: ['ID3', 'OggS', 'fLaC'] },
  { kind: 'sound', at: 8, is: ['WAVE'] },
  { kind: 'a zip archive or an office document', at: 0, is: ['PK\x03\x04'] },
  { kind: 'compressed (gzip)', at: 0, is: ['\x1f\x8b'] },
  { kind: 'compressed (zstd)', at: 0, is: ['\x28\xb5\x2f\xfd'] },
];

/** No photo begins with a bracket. */
function textKind(start: Buffer): string | null {
  const text = decoded(start).trimStart();
  if (/^[{[]\s*["{[\]}]/.test(text)) return 'JSON';
  if (!/^<[a-z!?]/i.test(text)) return null;
  if (/^<!doctype html|<(html|head|body)[\s>]/i.test(text)) return 'a web page (HTML)';
  if (/<([a-z]+:)?svg[\s/>]/i.test(text)) return 'a drawing (SVG)';
  return 'a text in XML';
}

function decoded(start: Buffer): string {
  const wide = start[0] === 0xff && start[1] === 0xfe;
  return start.toString(wide ? 'utf16le' : 'utf8').replace(/^\uFEFF/, '');
}
