import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { readOrMake } from '../keys.ts';

/** A private key (RFC 7517). */
type Jwk = Config['oidc']['keys'][number];

/** The keys of the configuration, else those of a development server, kept beside its database. */
export async function readSigningKeys({
  oidc: { keys },
  dataFolder,
}: Pick<Config, 'oidc' | 'dataFolder'>): Promise<readonly Jwk[]> {
  if (keys.length > 0) return keys;
  const kept = await readOrMake(join(dataFolder, 'oidc-keys.json'), makeKeys);
  return (JSON.parse(kept) as { keys: readonly Jwk[] }).keys;
}

/** ES256, and RS256 for clients that know nothing else. */
function makeKeys(): string {
  const { privateKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return JSON.stringify({ keys: [jwkOf(ec, 'ES256'), jwkOf(rsa, 'RS256')] });
}

function jwkOf(key: KeyObject, alg: string): object {
  const kid = randomBytes(8).toString('base64url');
  return { ...key.export({ format: 'jwk' }), kid, alg, use: 'sig' };
}

/** The algorithm of the key that signs if a client wants no other (RFC 7518 §3.1, RFC 9864). */
export function defaultAlgorithm(keys: readonly Jwk[]): string {
  const [{ alg, kty }] = keys as [Jwk];
  if (typeof alg === 'string') return alg;
  return kty === 'EC' ? 'ES256' : kty === 'OKP' ? 'Ed25519' : 'RS256';
}
