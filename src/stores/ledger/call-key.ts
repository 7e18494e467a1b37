import { createHash } from 'node:crypto';
import type { PaidCall } from '../../domain/call.ts';
import type { Json } from '../../domain/json.ts';

/** sha-256, hexadecimal, over everything that makes one question the same as another. */
export function callKey(call: Omit<PaidCall<unknown>, 'parse' | 'prepare'>): string {
  const { provider, model, operation, promptVersion, parameters, contentHash } = call;
  const identity = stable({ provider, model, operation, promptVersion, parameters, contentHash });
  return createHash('sha256').update(identity).digest('hex');
}

/** JSON with sorted keys, so that the order in which a call was written down does not matter. */
function stable(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${stable(value[key] as Json)}`);
  return `{${entries.join(',')}}`;
}
