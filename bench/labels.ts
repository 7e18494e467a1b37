import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import type { BackfillDefinition } from '../src/backfills/define.ts';
import { readConfig } from '../src/config.ts';
import { startWorker } from '../src/worker.ts';
import { tiny } from '../test/support/tiny.ts';

/** One Rekognition call per tiny image, by the real client: so that a limit is reached, and not the machine. */
export const labels = {
  ...tiny,
  name: 'labels',
  summary: 'asks Rekognition about one tiny image per row',
  open(surroundings, options) {
    return {
      ...tiny.open(surroundings, options),
      async process(item, ask) {
        const image = await surroundings.vision.load((item.row as { question: string }).question);
        const answer = await ask(surroundings.vision.labels(image));
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

/** Images of 80×80 in which every one differs, and their addresses. */
export async function tinyImages(dir: string, count: number): Promise<string[]> {
  await mkdir(dir, { recursive: true });
  const numbers = Array.from({ length: count }, (_, number) => number);
  const addresses: string[] = [];
  for (const number of numbers) {
    const pixels = Buffer.alloc(80 * 80 * 3, 128);
    for (let bit = 0; bit < 16; bit += 1)
      pixels.fill((number >> bit) & 1 ? 255 : 0, bit * 1200, bit * 1200 + 1200);
    const jpeg = await sharp(pixels, { raw: { width: 80, height: 80, channels: 3 } })
      .jpeg()
      .toBuffer();
    const file = path.join(dir, `${number}.jpg`);
    await writeFile(file, jpeg);
    addresses.push(pathToFileURL(file).href);
  }
  return addresses;
}

if (import.meta.main) {
  process.on('disconnect', () => process.exit());
  const worker = await startWorker(readConfig(), [labels as unknown as BackfillDefinition]);
  process.send?.('ready');
  await worker.stopped;
}
