import type { IncomingMessage } from 'node:http';
import proxyAddress from 'proxy-addr';
import type { Config } from '../../config.ts';

/** Whether a request comes straight from a proxy that is trusted. */
export function trustedPeer({
  trustProxy,
}: Pick<Config, 'trustProxy'>): (request: IncomingMessage) => boolean {
  if (trustProxy === false) return () => false;
  if (typeof trustProxy === 'number') return () => true;
  const isTrusted = proxyAddress.compile([...trustProxy]);
  return ({ socket }) => isTrusted(socket.remoteAddress ?? '', 0);
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
