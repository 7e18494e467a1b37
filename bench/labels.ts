import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import type { BackfillDefinition } from '../src/backfills/define.ts';
import { readConfig } from '../src/config.ts';
import { startWorker } from '../src/worker.ts';
import { tiny } from '../test/support/tiny.ts';

/** One Rekognition call per row, by the real client, about a tiny image: so that a limit is reached, and not the machine. */
export const labels = {
  ...tiny,
  name: 'labels',
  summary: 'asks Rekognition about one tiny image per row',
  open(surroundings, options) {
    return {
      ...tiny.open(surroundings, options),
      async process(item, ask) {
        const image = await surroundings.vision.load((item.row as { question: string }).question);
        // Every row is a question of its own, though they share an image: nothing is answered from the ledger.
        const answer = await ask({ ...surroundings.vision.labels(image), contentHash: item.id });
        return {
          kind: 'write',
          changes: [
            {
              kind: 'fields',
              table: options.table,
              id: item.id,
              fields: { answer: String(answer.value.length) },
              by: { callKey: answer.callKey },
            },
          ],
        };
      },
    };
  },
} satisfies typeof tiny;

/** An image of 80×80; its address. */
export async function tinyImage(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true });
  const background = { r: 120, g: 130, b: 140 };
  const file = path.join(dir, 'tiny.jpg');
  const jpeg = sharp({ create: { width: 80, height: 80, channels: 3, background } }).jpeg();
  await writeFile(file, await jpeg.toBuffer());
  return pathToFileURL(file).href;
}

if (import.meta.main) {
  process.on('disconnect', () => process.exit());
  const worker = await startWorker(readConfig(), { backfills: [labels as unknown as BackfillDefinition] });
  process.send?.('ready');
  await worker.stopped;
}
