/**
 * Decoys: what the server shows in the place of an account that does not exist.
 *
 * WebAuthn L3 §14.6.2: an unknown user name gets credentials that look real and stay the same, so that
 * it can't be told from a known one. A decoy carries a proof that it is one, which only the server can
 * read: presented in any ceremony it fails exactly as a real credential with a wrong signature does.
 */
import { createHash, createHmac, generateKeyPairSync, timingSafeEqual } from 'node:crypto';
import { fromBase64Url, toBase64Url } from '../base64url.ts';

/** A synced passkey of today has an ID of 16 to 32 bytes, the commonest being these. */
const idLengths = [20, 20, 16, 32];
const proofLength = 8;

export interface DecoyAccount {
  readonly userId: string;
  /** Which of the served domains: while the site moves, some accounts are still on a former one. */
  readonly domain: number;
}

export interface DecoyCredential {
  readonly id: string;
  readonly transports: readonly string[];
}

function mac(key: Uint8Array, label: string, ...parts: (string | Uint8Array)[]): Buffer {
  const hmac = createHmac('sha512', key).update(label);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/**
 * The account that a user name would have.
 *
 * @param shares of the real accounts, of each of the served domains, ours first
 */
export function decoyAccount(
  key: Uint8Array,
  usernameKey: string,
  shares: readonly number[],
): DecoyAccount {
  return {
    userId: toBase64Url(mac(key, 'user', usernameKey).subarray(0, 32)),
    domain: place(mac(key, 'domain', usernameKey).readUInt32BE() / 2 ** 32, shares),
  };
}

/** Into whose share a point between 0 and 1 falls. As our share grows, some come to us and none go back. */
function place(point: number, shares: readonly number[]): number {
  let end = 0;
  const found = shares.findIndex((share) => {
    end += share;
    return point < end;
  });
  return Math.max(found, 0);
}

/**
 * Its passkeys of one domain: one that syncs, now and then two. No two domains have one in common: an
 * account that exists holds a real one here and decoys there, and must not be told by that.
 */
export function decoyCredentials(
  key: Uint8Array,
  usernameKey: string,
  rpId: string,
): readonly DecoyCredential[] {
  // A user name has no line break.
  const of = `${usernameKey}\n${rpId}`;
  const shape = mac(key, 'shape', of);
  const count = (shape[0] as number) < 40 ? 2 : 1;
  return Array.from({ length: count }, (_, index) => ({
    id: decoyId(key, of, index, idLengths[(shape[index + 1] as number) % 4] as number),
    transports: ['internal', 'hybrid'],
  }));
}

function decoyId(key: Uint8Array, of: string, index: number, length: number): string {
  const body = mac(key, 'id', of, String(index)).subarray(0, length - proofLength);
  return toBase64Url(Buffer.concat([body, proof(key, body)]));
}

function proof(key: Uint8Array, body: Uint8Array): Buffer {
  return mac(key, 'proof', body).subarray(0, proofLength);
}

/** Whether a credential ID is a decoy of this server. */
export function isDecoy(key: Uint8Array, credentialId: string): boolean {
  const bytes = fromBase64Url(credentialId);
  if (!idLengths.includes(bytes.length)) return false;
  const split = bytes.length - proofLength;
  return timingSafeEqual(bytes.subarray(split), proof(key, bytes.subarray(0, split)));
}

/**
 * A public key that nobody holds the private half of (COSE_Key, ES256): what a decoy is verified
 * against, so that every check runs and takes its time as with a real one.
 */
export const decoyPublicKey: Uint8Array = coseEs256(
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
);

/** RFC 9053 §7.1.1: {1: 2, 3: -7, -1: 1, -2: x, -3: y}. */
function coseEs256({ x = '', y = '' }: { x?: string; y?: string }): Uint8Array {
  return new Uint8Array([
    ...[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20],
    ...fromBase64Url(x),
    ...[0x22, 0x58, 0x20],
    ...fromBase64Url(y),
  ]);
}

/** Short enough to seal many of, long enough that no two credentials of an account share one. */
export function fingerprint(credentialId: string): string {
  return createHash('sha256').update(credentialId).digest('base64url').slice(0, 12);
}
