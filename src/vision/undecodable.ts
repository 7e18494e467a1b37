import { ItemFailure } from '../domain/failure.ts';

/** `why`: in words, or what a decoder has thrown. */
export function undecodable(reference: string, why: unknown): ItemFailure {
  const cause = why instanceof Error ? why : undefined;
  const reason = cause === undefined ? String(why) : (cause.message.split('\n')[0] ?? cause.message);
  return new ItemFailure('image-undecodable', `${reference} cannot be decoded: ${reason}`, { cause });
}
