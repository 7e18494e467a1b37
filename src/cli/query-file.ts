import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { JudgedQuery } from '../backfills/define.ts';
import { UsageError } from '../domain/failure.ts';

const id = z.union([z.string().min(1), z.number().transform(String)], { error: 'expected an id' });

const judgedQueries = z
  .array(
    z.object(
      {
        query: z.string({ error: 'expected a text' }).trim().min(1, 'expected what is searched for'),
        field: z.string({ error: 'expected the name of a field' }).min(1, 'expected the name of a field'),
        relevant: z.array(id, { error: 'expected a list of ids' }),
      },
      { error: 'expected an object' },
    ),
    { error: 'expected a list' },
  )
  .min(1, 'holds no query');

const FORM = '[{"query": "white exterior", "field": "exterior_visual_features", "relevant": ["12345"]}, …]';

/** Searches and what they should find, as JSON. Throws UsageError. */
export async function readQueries(file: string): Promise<JudgedQuery[]> {
  const parsed = judgedQueries.safeParse(await contentOf(file));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const [index, ...inside] = issue?.path ?? [];
  const query = index === undefined ? [] : [`query ${Number(index) + 1}`];
  const where = [file, ...query, ...(inside.length > 0 ? [inside.join('.')] : [])].join(', ');
  throw new UsageError(`--queries: ${where}: ${issue?.message}`, `it has the form ${FORM}`);
}

async function contentOf(file: string): Promise<unknown> {
  const fail = (what: string, hint: string, cause: unknown) =>
    new UsageError(`--queries: ${what}: ${(cause as Error).message}`, hint, { cause });
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fail(`cannot read ${file}`, 'name a readable file', error);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fail(`${file} is no JSON`, `it has the form ${FORM}`, error);
  }
}
