import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import proxyAddress from 'proxy-addr';
import type { Config } from '../../config.ts';

/** By the connection: a proxy keeps it, and asks for each request. */
const trusted = new WeakMap<Socket, boolean>();

/** Whether a request comes straight from a proxy that is trusted. */
export function isTrustedPeer(
  { trustProxy }: Pick<Config, 'trustProxy'>,
  { socket }: IncomingMessage,
): boolean {
  if (typeof trustProxy !== 'object') return trustProxy !== false;
  const known = trusted.get(socket);
  if (known !== undefined) return known;
  const isTrusted = proxyAddress.compile([...trustProxy])(socket.remoteAddress ?? '', 0);
  trusted.set(socket, isTrusted);
  return isTrusted;
}

export function clientAddressReader({
  trustProxy,
}: Pick<Config, 'trustProxy'>): (request: IncomingMessage) => string | undefined {
  if (trustProxy === false) return ({ socket }) => socket.remoteAddress;
  const isTrusted =
    typeof trustProxy === 'number'
      ? (_address: string, hops: number) => hops < trustProxy
      : proxyAddress.compile([...trustProxy]);
  return (request) => proxyAddress(request, isTrusted);
}
