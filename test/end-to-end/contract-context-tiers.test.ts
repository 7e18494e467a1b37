import { keepsTheContract } from '../support/contract.ts';

keepsTheContract('context-tiers');
