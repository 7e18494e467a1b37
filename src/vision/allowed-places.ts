import { BlockList, isIP, isIPv4 } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../domain/failure.ts';

/** What a connection goes to, as undici tells it: `hostname` without brackets, `port` empty where it is the usual one. */
export interface Host {
  protocol: string;
  hostname: string;
  port: string;
}

/** Where images are read though the place is not public, because an operator has named it. */
export interface AllowedPlaces {
  host(host: Host): boolean;
  address(address: string): boolean;
  /** By its path on this machine. */
  file(file: string): boolean;
}

const EXPECTED =
  'IMAGE_ALLOW_PRIVATE takes hosts (photos.internal, minio:9000), addresses (10.1.2.3), ranges (10.0.0.0/8), folders (file:///photos/) or all, with commas between them';

/** The place of the base and nothing beside it, and what `named` lists. Throws UsageError. */
export function allowedPlaces(base: URL | undefined, named = ''): AllowedPlaces {
  const allowed = new NamedPlaces();
  if (base !== undefined) allowed.add(base.protocol === 'file:' ? base.href : hostAndPort(asHost(base)));
  for (const entry of named.split(',').map((one) => one.trim())) {
    if (entry !== '' && !allowed.add(entry)) {
      throw new UsageError(`IMAGE_ALLOW_PRIVATE: ${JSON.stringify(entry)} is no place`, EXPECTED);
    }
  }
  return allowed;
}

class NamedPlaces implements AllowedPlaces {
  #all = false;
  /** With a port, or for all of them. */
  readonly #hosts = new Set<string>();
  readonly #addresses = new BlockList();
  /** Each with a separator at its end. */
  readonly #folders: string[] = [];

  /** False where it cannot be read. */
  add(entry: string): boolean {
    if (entry === 'all') this.#all = true;
    else if (/^file:/i.test(entry)) return this.#addFolder(entry);
    else if (entry.includes('/')) return this.#addRange(entry);
    else return this.#addHost(entry);
    return true;
  }

  #addFolder(entry: string): boolean {
    try {
      this.#folders.push(path.join(fileURLToPath(entry), path.sep));
      return true;
    } catch {
      return false;
    }
  }

  #addRange(entry: string): boolean {
    const [, network = '', prefix] = /^([^/]+)\/(\d+)$/.exec(entry) ?? [];
    if (isIP(network) === 0 || Number(prefix) > (isIPv4(network) ? 32 : 128)) return false;
    this.#addresses.addSubnet(network, Number(prefix), isIPv4(network) ? 'ipv4' : 'ipv6');
    return true;
  }

  #addHost(entry: string): boolean {
    const [, name = '', port] = /^(\[[^\]]+\]|[^:@?#\\]+)(?::(\d+))?$/.exec(entry) ?? [];
    const url = `http://${isIP(entry) === 6 ? `[${entry}]` : name}`;
    if (!URL.canParse(url)) return false;
    const { hostname } = asHost(new URL(url));
    if (port !== undefined) this.#hosts.add(hostAndPort({ protocol: '', hostname, port }));
    else if (isIP(hostname) === 0) this.#hosts.add(hostname);
    else this.#addresses.addAddress(hostname, isIPv4(hostname) ? 'ipv4' : 'ipv6');
    return true;
  }

  host(host: Host): boolean {
    return this.#all || this.#hosts.has(host.hostname) || this.#hosts.has(hostAndPort(host));
  }

  address(address: string): boolean {
    return this.#all || this.#addresses.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  }

  file(file: string): boolean {
    return this.#all || this.#folders.some((folder) => path.join(file, path.sep).startsWith(folder));
  }
}

function asHost({ protocol, hostname, port }: URL): Host {
  return { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port };
}

function hostAndPort({ protocol, hostname, port }: Host): string {
  const name = isIP(hostname) === 6 ? `[${hostname}]` : hostname;
  return `${name}:${port || (protocol === 'https:' ? '443' : '80')}`;
}
