/**
 * Decoys: what the server shows in the place of an account that does not exist.
 *
 * WebAuthn L3 §14.6.2: an unknown user name gets credentials that look real and stay the same, so that
 * it can't be told from a known one. A decoy carries a proof that it is one, which only the server can
 * read: presented in any ceremony it fails exactly as a real credential with a wrong signature does.
 */
import {
  createHash,
  createHmac,
  generateKeyPairSync,
  hkdfSync,
  timingSafeEqual,
} from 'node:crypto';
import { fromBase64Url, toBase64Url } from '../../base64url.ts';
import type { PasskeyShape } from '../../records/account-shape.ts';

const proofLength = 8;
/** WebAuthn L3 §4: no authenticator makes a shorter ID, and in one there is no room for the proof. */
const shortestId = 16;

export interface DecoyCredential {
  readonly id: string;
  readonly transports: readonly string[];
}

function mac(key: Uint8Array, label: string, ...parts: (string | Uint8Array)[]): Buffer {
  const hmac = createHmac('sha512', key).update(label);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** The user handle that the account of a user name would have. */
export function decoyUserId(key: Uint8Array, usernameKey: string): string {
  return toBase64Url(mac(key, 'user', usernameKey).subarray(0, 32));
}

/**
 * Its passkeys under one domain. No two domains have one in common: an account that exists holds a real
 * one here and decoys there, and must not be told by that. Nor does one ever change its shape: the ID
 * changes with it, as when a real passkey takes the place of another.
 */
export function decoyCredentials(
  key: Uint8Array,
  usernameKey: string,
  rpId: string,
  shapes: readonly PasskeyShape[],
): readonly DecoyCredential[] {
  return shapes.map((shape, index) => {
    const { idLength, transports } = shape;
    const of = JSON.stringify([usernameKey, rpId, index, shape.rpId, idLength, transports]);
    return { id: decoyId(key, of, idLength), transports };
  });
}

function decoyId(key: Uint8Array, of: string, idLength: number): string {
  const length = Math.max(shortestId, idLength) - proofLength;
  const body = new Uint8Array(hkdfSync('sha512', mac(key, 'id', of), '', '', length));
  return toBase64Url(Buffer.concat([body, proof(key, body)]));
}

function proof(key: Uint8Array, body: Uint8Array): Buffer {
  return mac(key, 'proof', body).subarray(0, proofLength);
}

/** Whether a credential ID is a decoy of this server. */
export function isDecoy(key: Uint8Array, credentialId: string): boolean {
  const bytes = fromBase64Url(credentialId);
  if (bytes.length < shortestId) return false;
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
