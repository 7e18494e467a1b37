import fc from 'fast-check';
import { expect, test } from 'vitest';
import { privateKind } from '../../../src/vision/private-addresses.ts';

test.each([
  ['0.0.0.0', 'unspecified'],
  ['10.255.255.255', 'private'],
  ['100.100.100.200', 'shared (CGNAT)'],
  ['127.255.255.254', 'loopback'],
  ['168.63.129.16', 'cloud platform'],
  ['169.254.169.254', 'link-local'],
  ['172.31.0.1', 'private'],
  ['192.0.0.192', 'reserved'],
  ['192.168.1.1', 'private'],
  ['198.19.0.1', 'reserved'],
  ['224.0.0.251', 'multicast'],
  ['255.255.255.255', 'reserved'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::7f00:1', 'translated'],
  ['::ffff:10.0.0.1', 'private'],
  ['::ffff:0:10.0.0.1', 'translated'],
  ['64:ff9b::169.254.169.254', 'link-local'],
  ['64:ff9b:1::1', 'translated'],
  ['100::1', 'reserved'],
  ['2001:0:1::1', 'translated'],
  ['2001:db8::1', 'reserved'],
  ['2002:a00:1::', 'translated'],
  ['fd00:ec2::254', 'unique-local'],
  ['fe80::1', 'link-local'],
  ['fec0::1', 'unique-local'],
  ['ff02::1', 'multicast'],
])('%s is a %s address', (address, kind) => {
  expect(privateKind(address)).toBe(kind);
});

test.each([
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.0.1',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001::1',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
])('%s is public', (address) => {
  expect(privateKind(address)).toBeNull();
});

test('an IPv4 address is the same in its mapped form, and through NAT64', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      const kind = privateKind(address);
      expect(privateKind(`::ffff:${address}`)).toBe(kind);
      expect(privateKind(`64:ff9b::${address}`)).toBe(kind);
    }),
  );
});
