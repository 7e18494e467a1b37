import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { AllowedPlaces } from './allowed-places.ts';
import { privateKind } from './private-addresses.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/** A host that stands for no public address. Nothing was sent to it. */
export class PrivateAddress extends Error {
  override name = 'PrivateAddress';

  constructor(host: string, address: string) {
    const where = host === address ? address : `${host} is ${address}, which`;
    super(`${where} is a ${privateKind(address)} address`);
  }
}

/**
 * Connects to public addresses, and to what is allowed besides. The addresses that a name resolves to are the ones that
 * are connected to, so that a name cannot be one place when it is checked and another when it is used.
 * Fails with {@link PrivateAddress}.
 */
export function publicConnector(
  allowed: AllowedPlaces,
  resolve: LookupFunction = lookup,
): buildConnector.connector {
  const refused = (address: string) => privateKind(address) !== null && !allowed.address(address);
  const anywhere = buildConnector({ timeout: CONNECT_TIMEOUT_MS });
  const publicly = buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup: publicOnly(refused, resolve) });
  return (options, connected) => {
    const { hostname } = options;
    if (allowed.host(options)) anywhere(options, connected);
    // Node asks for no lookup of an address.
    else if (isIP(hostname) !== 0 && refused(hostname)) {
      connected(new PrivateAddress(hostname, hostname), null);
    } else publicly(options, connected);
  };
}

function publicOnly(refused: (address: string) => boolean, resolve: LookupFunction): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error) return done(error, []);
      const resolved = found as LookupAddress[];
      const open = resolved.filter(({ address }) => !refused(address));
      const [first] = open;
      if (!first) return done(new PrivateAddress(hostname, resolved[0]?.address ?? ''), []);
      if (options.all) done(null, open);
      else done(null, first.address, first.family);
    });
  };
}
