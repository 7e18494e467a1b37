import { createHash } from 'node:crypto';
import { conditions, type Selected } from './selection.ts';

/**
 * A systematic sample: with all rows in a line, unit by unit and kind by kind, every (rows / size)-th from a start
 * that follows from the seed. So each row is as likely as any other to be in it (a mean over the sample estimates the
 * mean over all), and each unit of at least rows / size rows is. Returns what follows SELECT, about rows `i`.
 */
export function sampled(
  selected: Selected,
  { size, seed }: { size: number; seed: number },
): [string, unknown[]] {
  const { table } = selected;
  const query = conditions(selected);
  const kind = `concat_ws('/', ${table.kinds.join(', ')}) COLLATE "C"`;
  const hash = `hashtextextended(i.id::text, ${query.value(seed)})`;
  const wanted = `${query.value(size)}::float8`;
  const start = `${query.value(startOf(seed))}::float8`;
  // How many of the marks, which are rows / size apart, lie before the end of row n.
  const marks = (n: string) => `ceil(${n} * ${wanted} / total - ${start})`;
  const line = `SELECT i.id, count(*) OVER () AS total,
                       row_number() OVER (ORDER BY ${table.unit.sql}, ${kind}, ${hash}, i.id) AS n
                ${query.from()}`;
  const from = `FROM (SELECT id, n FROM (${line}) AS line
                       WHERE total <= ${wanted} OR ${marks('n')} > ${marks('(n - 1)')}) AS chosen
                JOIN ${table.name} i ON i.id = chosen.id ORDER BY chosen.n`;
  return [from, query.values];
}

/** From 0 to less than 1; neighbouring seeds start far apart. */
function startOf(seed: number): number {
  return createHash('sha256').update(String(seed)).digest().readUInt32BE() / 2 ** 32;
}
