import { keepsTheContract } from '../support/contract.ts';

keepsTheContract('zip-predictions');
