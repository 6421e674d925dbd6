/** Apple's keys: two that are published, and one that is not. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** RSA keys take a while to make, so a process makes each once. */
const made = new Map<string, SigningKey>();

export function signingKey(kid: string): SigningKey {
  const known = made.get(kid);
  if (known !== undefined) return known;
  const key = { kid, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
  made.set(kid, key);
  return key;
}

export function keySet(keys: readonly SigningKey[]) {
  return {
    keys: keys.map(({ kid, publicKey }) => ({
      ...publicKey.export({ format: 'jwk' }),
      ...{ kid, use: 'sig', alg: 'RS256' },
    })),
  };
}

/** @param header members beside, or in the place of, `alg` and `kid` */
export function sign(
  claims: JWTPayload,
  { kid, privateKey }: SigningKey,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid, ...header }).sign(privateKey);
}
