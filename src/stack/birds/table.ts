import { fillMarkedTables } from '../sample/marked-tables.ts';
import { dice } from '../sample/random.ts';
import type { PlannedBirdPhoto } from './plan.ts';
import { birdShotOf } from './shot.ts';
import type { Setting } from './species.ts';

/** The table as the people have it who run the script; it has no scores yet. */
const TABLE = `
  CREATE TABLE IF NOT EXISTS images (
    id uuid PRIMARY KEY,
    url text,
    title text,
    photographer text,
    created_at timestamptz NOT NULL DEFAULT now(),
    priority integer
  );`;

interface Filling {
  plan: readonly PlannedBirdPhoto[];
  databaseUrl: string;
  /** What the photos' keys are under: a URL that ends with `/`. */
  base: string;
}

/** One transaction; rows that are there stay as they are. */
export async function fillImages({ plan, databaseUrl, base }: Filling): Promise<void> {
  await fillMarkedTables({
    databaseUrl,
    what: `${plan.length} bird photos`,
    create: TABLE,
    rows: { images: plan.map((photo) => imageRow(photo, base)) },
  });
}

function imageRow({ id, number, key }: PlannedBirdPhoto, base: string): Record<string, unknown> {
  const choose = dice('bird-row', number);
  const uploaded = Date.UTC(2025, choose.int(0, 9), choose.int(1, 28), choose.int(6, 22), choose.int(0, 59));
  return {
    id,
    url: new URL(key, base).href,
    title: choose.chance(0.92) ? titleOf(number) : null,
    photographer: choose.chance(0.95) ? choose.pick(PHOTOGRAPHERS) : null,
    created_at: new Date(uploaded).toISOString(),
    priority: choose.pick([null, 0, 0, 0, 0, 1, 1, 5, 10]),
  };
}

function titleOf(number: number): string {
  const { kind, species, setting } = birdShotOf(number);
  return kind === 'no-bird' ? `Waiting, ${PLACES[setting]}` : `${species.name} ${PLACES[setting]}`;
}

const PLACES: Record<Setting, string> = {
  foliage: 'in the leaves',
  feeder: 'at the feeder',
  sky: 'against the sky',
  water: 'by the lake',
};

const PHOTOGRAPHERS = ['Ana', 'Bo', 'Chidi', 'Dilnoza', 'Emeka', 'Freya', 'Gita', 'Hugo'].flatMap((name) => [
  `${name} K.`,
  `${name} M.`,
]);
