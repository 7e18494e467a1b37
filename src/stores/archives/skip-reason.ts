/** Why an entry is not among an archive's images. Where several hold, the first. */
export type SkipReason =
  /** `../`, absolute, a drive letter, a backslash or a control character. */
  | 'unsafe-name'
  /** What macOS adds to the zips it makes. */
  | 'macos-metadata'
  /** It, or a folder around it, begins with a dot. */
  | 'hidden'
  | 'symlink'
  /** A pipe, a socket or a device. */
  | 'special-file'
  | 'not-an-image'
  /** Another entry of this name comes later: that is the one which unpacking would have left. */
  | 'duplicate-name';

/**
 * What the decoder (sharp as npm installs it) opens. Without SVG: that is a drawing, which may name other files.
 * Without HEIC, JPEG 2000 and BMP, for which it has no decoder.
 */
const IMAGES = /\.(?:jpe?g|jpe|jfif|png|webp|gif|tiff?|avif)$/i;

/** By its path inside the archive alone. */
export function skipReasonOf(name: string): SkipReason | null {
  if (isUnsafe(name)) return 'unsafe-name';
  const parts = name.split('/');
  if (parts.includes('__MACOSX')) return 'macos-metadata';
  if (parts.some((part) => part.startsWith('.') && part !== '.')) return 'hidden';
  return IMAGES.test(name) ? null : 'not-an-image';
}

export function tallySkipped(skipped: Record<string, number>, reason: SkipReason): void {
  skipped[reason] = (skipped[reason] ?? 0) + 1;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const UNSAFE = /^\/|^[a-z]:|\\|[\u0000-\u001f\u007f]/i;

function isUnsafe(name: string): boolean {
  return name === '' || UNSAFE.test(name) || name.split('/').includes('..');
}
