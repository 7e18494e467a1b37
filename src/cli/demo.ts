#!/usr/bin/env node
import { z } from 'zod';
import { addFlags, readFlags, wholeNumber } from './flags.ts';
import { interruption } from './interrupt.ts';
import { act, createProgram, runProgram } from './run-program.ts';
import { showBackfill } from './show-backfill.ts';

const flags = z.object({
  images: wholeNumber(20, 5_000).default(240).describe('sample images').meta({ placeholder: 'n' }),
  keep: z.boolean().default(false).describe('keep servers and worker running at the end, until Ctrl-C'),
  dataDir: z
    .string()
    .min(1, 'expected a folder')
    .optional()
    .describe('where the servers keep their data, emptied first (default: a fresh temporary folder)')
    .meta({ placeholder: 'folder' }),
  json: z.boolean().default(false).describe('end stdout with the report as one line of JSON'),
});

const program = createProgram('demo', 'Run vehicle-images over sample photos, on real servers of its own.');
addFlags(program, flags).addHelpText(
  'after',
  `
Nothing of yours is touched: variables like DATABASE_URL or OPENAI_API_KEY are ignored, the paid providers are
simulated, and photos are drawn. A few of them are bad on purpose, so the exit code is 3: done with failed items.

Examples:
  npm run demo
  npm run demo -- --keep
  npm run --silent demo -- --json | tail -n 1`,
);
program.action(act(async () => showBackfill({ ...readFlags(program, flags), signal: interruption() })));

await runProgram(program);
