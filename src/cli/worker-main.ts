import { enableCompileCache } from 'node:module';

// Reading and stripping modules is most of what a short command does: what was compiled once is kept.
enableCompileCache();
await import('./worker-program.ts');
