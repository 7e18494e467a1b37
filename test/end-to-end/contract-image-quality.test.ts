import { keepsTheContract } from '../support/contract.ts';

keepsTheContract('image-quality');
