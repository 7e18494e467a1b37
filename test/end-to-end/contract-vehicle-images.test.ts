import { keepsTheContract } from '../support/contract.ts';

keepsTheContract('vehicle-images');
