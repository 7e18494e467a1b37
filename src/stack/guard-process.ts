/** Started by guard.ts. Each line on stdin is the whole list of processes to end when stdin closes. */
import { createInterface } from 'node:readline';
import { endProcess, type ProcessIdentity } from './process-identity.ts';

let wards: ProcessIdentity[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  wards = JSON.parse(line) as ProcessIdentity[];
}
await Promise.all(wards.map(endProcess));
