#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Reading and stripping modules is most of what a short command does: what was compiled once is kept.
enableCompileCache();
const { backfillProgram } = await import('./backfill-program.ts');
const { runProgram } = await import('./run-program.ts');
await runProgram(backfillProgram());
