import { createHash } from 'node:crypto';
import { conditions, type Selected } from './selection.ts';
import { hasColumn, reference, type Shape } from './shape.ts';

/**
 * A systematic sample: with all rows in a line, unit by unit and kind by kind, every (rows / size)-th from a start
 * that follows from the seed. So each row is as likely as any other to be in it (a mean over the sample estimates the
 * mean over all), and each unit of at least rows / size rows is. Returns what follows SELECT, about `vehicle_images i`.
 */
export function sampled(
  selected: Selected,
  { size, seed }: { size: number; seed: number },
): [string, unknown[]] {
  const query = conditions(selected);
  const hash = `hashtextextended(i.id::text, ${query.value(seed)})`;
  const wanted = `${query.value(size)}::float8`;
  const start = `${query.value(startOf(seed))}::float8`;
  // How many of the marks, which are rows / size apart, lie before the end of row n.
  const marks = (n: string) => `ceil(${n} * ${wanted} / total - ${start})`;
  const line = `SELECT i.id, count(*) OVER () AS total,
                       row_number() OVER (ORDER BY i.vehicle_id, ${kind(selected.shape)}, ${hash}, i.id) AS n
                ${query.from()}`;
  const from = `FROM (SELECT id, n FROM (${line}) AS line
                       WHERE total <= ${wanted} OR ${marks('n')} > ${marks('(n - 1)')}) AS chosen
                JOIN vehicle_images i ON i.id = chosen.id ORDER BY chosen.n`;
  return [from, query.values];
}

/** From 0 to less than 1; neighbouring seeds start far apart. */
function startOf(seed: number): number {
  return createHash('sha256').update(String(seed)).digest().readUInt32BE() / 2 ** 32;
}

/** SQL: what a row tells of its kind before anything is asked: an earlier analysis, the media type, the file's ending. */
function kind(shape: Shape): string {
  const has = (column: string) => hasColumn(shape, 'vehicle_images', column);
  const told = [
    ...(has('ai_scan_metadata') ? [`i.ai_scan_metadata #>> '{rekognition,kind}'`] : []),
    ...['is_document', 'document_category', 'mime_type', 'content_type']
      .filter(has)
      .map((one) => `i.${one}::text`),
    `lower(substring(${reference(shape)} from '\\.([A-Za-z0-9]{1,5})(?:[?#]|$)'))`,
  ];
  return `concat_ws('/', ${told.join(', ')}) COLLATE "C"`;
}
