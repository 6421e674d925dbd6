/** Which addresses are on the public internet, and which lead into a network of somebody's own. */
import { BlockList, isIP } from 'node:net';

/** The IANA registries of special-purpose addresses, IPv4 and IPv6 (RFC 6890), with multicast. */
const special = new BlockList();
for (const range of [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24'],
  ...['192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  '224.0.0.0/3',
]) {
  add(range, 'ipv4');
}

/** Only these are given to anybody (RFC 4291 §2.4), without those of them that are not what they seem. */
const given = new BlockList();
given.addSubnet('2000::', 3, 'ipv6');
for (const range of ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20']) {
  add(range, 'ipv6');
}

function add(range: string, family: 'ipv4' | 'ipv6'): void {
  const [net = '', bits] = range.split('/');
  special.addSubnet(net, Number(bits), family);
}

/** @param address of IPv4 or IPv6 */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4');
    case 6:
      return given.check(address, 'ipv6') && !special.check(address, 'ipv6');
    default:
      return false;
  }
}
