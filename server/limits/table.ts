import { isIPv6 } from 'node:net';

/**
 * How often who may ask what. A passkey can't be guessed, so these keep the server free for others
 * rather than the account safe, and should not let a stranger lock a person out. What is limited by
 * account is only asking for options by its name, more often than one address may; autofill and the
 * button name nobody.
 */
export const rateLimits = {
  'options-by-address': { points: 300, seconds: 60 },
  'options-by-name': { points: 600, seconds: 60 },
  'sign-up-by-address': { points: 60, seconds: 600 },
  'verify-by-address': { points: 200, seconds: 60 },
  'change-by-address': { points: 200, seconds: 60 },
} as const satisfies Record<string, { points: number; seconds: number }>;

export type RateLimit = keyof typeof rateLimits;

/** Who an address stands for: one IPv4 address, or the /64 that an IPv6 customer is given. */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return isIPv6(address) ? `${firstFourGroups(address)}::/64` : address;
}

function firstFourGroups(address: string): string {
  const [head = '', tail] = address.replace(/%.*$/, '').toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0');
  return [...groups, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
