import { isIPv4, isIPv6 } from 'node:net';

/**
 * The key under which an address is counted: an IPv4 address, or the /64 network that an IPv6 customer gets. Some
 * proxies append the port of the client to its address; it is ignored, because a new port is no new client. Texts
 * that are no addresses share one key.
 */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  // As Node writes nearly all of them.
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  if (isIPv4(plain)) return plain;
  const host = withoutPort(address).replace(/%.*$/, '');
  if (isIPv4(host)) return host;
  if (!isIPv6(host)) return 'unknown';
  const groups = groupsOf(host);
  const mapped = /^0:0:0:0:0:ffff:/.test(groups.join(':'));
  return mapped ? ipv4Of(groups) : `${groups.slice(0, 4).join(':')}::/64`;
}

function withoutPort(text: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  const [, dotted] = /^([\d.]+):\d+$/.exec(text) ?? [];
  return bracketed ?? dotted ?? text;
}

/** The eight groups of an IPv6 address, in hexadecimal, without leading zeros. */
function groupsOf(address: string): string[] {
  // The URL parser gives the canonical spelling, in which an IPv4 address at the end is hexadecimal too.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = canonical
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  return [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
}

function ipv4Of(groups: readonly string[]): string {
  const bytes = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return bytes.flatMap((pair) => [pair >> 8, pair & 0xff]).join('.');
}
