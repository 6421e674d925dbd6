import type { IncomingMessage } from 'node:http';
import proxyAddress from 'proxy-addr';
import type { Config } from '../../config.ts';

const compiled = new WeakMap<readonly string[], (address: string, hops: number) => boolean>();

/** Whether a request comes straight from a proxy that is trusted. */
export function isTrustedPeer(
  { trustProxy }: Pick<Config, 'trustProxy'>,
  { socket }: IncomingMessage,
): boolean {
  if (typeof trustProxy !== 'object') return trustProxy !== false;
  const isTrusted = compiled.get(trustProxy) ?? proxyAddress.compile([...trustProxy]);
  compiled.set(trustProxy, isTrusted);
  return isTrusted(socket.remoteAddress ?? '', 0);
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
