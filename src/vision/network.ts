/** The innermost code of an error and its causes: `ECONNREFUSED`, `UND_ERR_SOCKET`. */
export function errorCode(error: unknown): string | undefined {
  let code: string | undefined;
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') code = at.code;
  }
  return code;
}

/** True when no connection came about, so that nothing can have been sent and nothing billed. */
export function neverSent(error: unknown): boolean {
  const code = errorCode(error);
  return (
    code !== undefined && (NO_CONNECTION.has(code) || code.includes('CERT') || code.startsWith('ERR_TLS'))
  );
}

const NO_CONNECTION = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
