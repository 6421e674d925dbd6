/**
 * Fetches what a stranger names.
 *
 * Guarantees: https alone, and no address but a public one: it connects to the addresses that were looked at,
 * not to what the name means a moment later. No redirect; a few seconds, a few KiB, a few at a time.
 */
import { Resolver } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from '../policy/public-address.ts';

const withinMs = 2_500;
const atOnce = 8;

/** How it reaches the internet: tests have one of their own. */
export interface Network {
  /** The addresses of a name. */
  resolve(hostname: string): Promise<readonly string[]>;
  isPublic(address: string): boolean;
  /** A certificate to trust instead of those of the system. */
  readonly ca?: string;
}

export type PublicFetch = (url: string, sizeLimit: number) => Promise<Response>;

/** Without `getaddrinfo`, whose threads a slow name server would keep from everybody else. */
const internet: Network = {
  async resolve(hostname) {
    const resolver = new Resolver({ timeout: 1_000, tries: 2 });
    const found = await Promise.allSettled([
      resolver.resolve4(hostname),
      resolver.resolve6(hostname),
    ]);
    return found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  },
  isPublic: isPublicAddress,
};

/** Its answers have JSON as their body; it rejects for every other one. */
export function publicFetch(network: Network = internet): PublicFetch {
  let running = 0;
  return async (url, sizeLimit) => {
    if (running >= atOnce) throw new Error('too many are fetched at once');
    running += 1;
    try {
      return await fetchOnce(network, new URL(url), sizeLimit);
    } finally {
      running -= 1;
    }
  };
}

async function fetchOnce(network: Network, url: URL, sizeLimit: number): Promise<Response> {
  if (url.protocol !== 'https:') throw new Error('not https');
  // No name is looked up for an address.
  if (isIP(url.hostname.replaceAll(/[[\]]/g, '')) !== 0) throw new Error('not the name of a host');
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = httpsRequest(url, {
    agent: false,
    lookup: lookupIn(network),
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(withinMs),
    ...(network.ca !== undefined && { ca: network.ca }),
  });
  request.once('response', resolve).once('error', reject).end();
  try {
    return await readAnswer(await promise, sizeLimit);
  } finally {
    request.destroy();
  }
}

function lookupIn({ resolve, isPublic }: Network): LookupFunction {
  return (hostname, _options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const ok = addresses.length > 0 && addresses.every((address) => isPublic(address));
        if (!ok)
          return callback(new Error('the host has no address, or one that is not public'), []);
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        callback(null, found);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}

async function readAnswer(answer: IncomingMessage, sizeLimit: number): Promise<Response> {
  const { statusCode, headers } = answer;
  if (statusCode !== 200) throw new Error(`the host answers with ${statusCode}`);
  const type = headers['content-type'] ?? '';
  if (!/^application\/([\w.+-]+\+)?json *(;|$)/i.test(type)) throw new Error('not JSON');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += (chunk as Buffer).length;
    if (size > sizeLimit) throw new Error('too large');
    chunks.push(chunk as Buffer);
  }
  const age = headers['cache-control'];
  return new Response(
    Buffer.concat(chunks),
    age === undefined ? {} : { headers: { 'cache-control': age } },
  );
}
