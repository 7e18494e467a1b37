export { backfillWorkflow } from './backfill.ts';
export { unitWorkflow } from './unit.ts';
