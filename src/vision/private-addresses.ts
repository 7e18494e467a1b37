import { BlockList, isIPv4 } from 'node:net';

/** IPv4 ranges that no public image host is in. Each counts in its IPv6 forms as well: mapped, and through NAT64. */
const IPV4: Record<string, readonly string[]> = {
  unspecified: ['0.0.0.0/8'],
  loopback: ['127.0.0.0/8'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  'link-local': ['169.254.0.0/16'],
  'shared (CGNAT)': ['100.64.0.0/10'],
  multicast: ['224.0.0.0/4'],
  // Azure's answers virtual machines only, with what they may do, though it lies in a public range.
  'cloud platform': ['168.63.129.16/32'],
  reserved: [
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.88.99.0/24',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '240.0.0.0/4',
  ],
};

/** The tunnels of old (6to4, Teredo) and translations inside one network are `translated`: any IPv4 may be in them. */
const IPV6: Record<string, readonly string[]> = {
  unspecified: ['::/128'],
  loopback: ['::1/128'],
  'link-local': ['fe80::/10'],
  'unique-local': ['fc00::/7', 'fec0::/10'],
  multicast: ['ff00::/8'],
  translated: ['::/96', '::ffff:0:0:0/96', '64:ff9b:1::/48', '2001::/32', '2002::/16'],
  reserved: ['100::/63', '2001::/23', '2001:db8::/32', '3fff::/20', '4000::/2', '5f00::/16', '8000::/1'],
};

const KINDS: readonly [kind: string, list: BlockList][] = [
  ...Object.entries(IPV4).map(([kind, ranges]): [string, BlockList] => [kind, listOf(ranges, addIpv4)]),
  ...Object.entries(IPV6).map(([kind, ranges]): [string, BlockList] => [kind, listOf(ranges, addIpv6)]),
];

type Add = (list: BlockList, network: string, prefix: number) => void;

function listOf(ranges: readonly string[], add: Add): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/');
    add(list, network, Number(prefix));
  }
  return list;
}

/** A block list knows the mapped form by itself. */
function addIpv4(list: BlockList, network: string, prefix: number): void {
  list.addSubnet(network, prefix, 'ipv4');
  list.addSubnet(`64:ff9b::${network}`, 96 + prefix, 'ipv6');
}

function addIpv6(list: BlockList, network: string, prefix: number): void {
  list.addSubnet(network, prefix, 'ipv6');
}

/** What an address is that does not belong to the public internet: `loopback`. Null for one that does. */
export function privateKind(address: string): string | null {
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  for (const [kind, list] of KINDS) {
    if (list.check(address, family)) return kind;
  }
  return null;
}
