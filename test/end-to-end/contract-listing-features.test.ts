import { keepsTheContract } from '../support/contract.ts';

keepsTheContract('listing-features');
