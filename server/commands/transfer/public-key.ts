/**
 * Public keys as other servers keep them: COSE_Key, SubjectPublicKeyInfo or JSON Web Key.
 *
 * Guarantees: what passes is a key that this server can verify with, in the one spelling that it stores;
 * a private key is never taken for a public one.
 */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { decode } from 'cborg';
import { RpError } from '../../errors.ts';
import { acceptPublicKey } from '../../webauthn/accept-public-key.ts';
import { readBytes } from './bytes.ts';

export interface PublicKey {
  /** COSE_Key bytes. */
  readonly publicKey: Uint8Array;
  readonly algorithm: number;
}

/** Why a value is no key; the text is for whoever made the file. */
export interface BadKey {
  readonly problem: string;
}

type Parameters = ReadonlyMap<number, number | Uint8Array>;

export function fromCose(value: unknown): PublicKey | BadKey {
  const bytes = readBytes(value);
  if (bytes === null) return { problem: 'expected the bytes of a COSE key' };
  return accepted(() => readParameters(bytes) ?? bytes);
}

/**
 * Other servers may have written the key anew in other CBOR than authenticators send (CTAP 2.1 §8): with
 * longer numbers, or without telling lengths in advance. Null if it is not one whole map.
 */
function readParameters(bytes: Uint8Array): Parameters | null {
  try {
    const map = decode(bytes, { useMaps: true, rejectDuplicateMapKeys: true });
    return map instanceof Map ? map : null;
  } catch {
    return null;
  }
}

export function fromSpki(value: unknown): PublicKey | BadKey {
  const der = readBytes(value);
  if (der === null) return { problem: 'expected the bytes of a SubjectPublicKeyInfo' };
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  } catch {
    return { problem: 'not a SubjectPublicKeyInfo in DER' };
  }
  return accepted(() => fromKeyObject(key));
}

export function fromJwk(value: unknown): PublicKey | BadKey {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { problem: 'expected a JSON Web Key' };
  }
  if ('d' in value || 'priv' in value)
    return { problem: 'a private key, which nobody should send' };
  return accepted(() => fromMembers(value));
}

function accepted(read: () => Uint8Array | Parameters): PublicKey | BadKey {
  try {
    return acceptPublicKey(read());
  } catch (error) {
    if (error instanceof RpError && error.detail !== undefined) return { problem: error.detail };
    throw error;
  }
}

function fromKeyObject(key: KeyObject): Parameters {
  let jwk: JsonWebKey;
  try {
    jwk = key.export({ format: 'jwk' });
  } catch {
    return refuse(`no key of type ${key.asymmetricKeyType} is accepted`);
  }
  return fromMembers(jwk);
}

const curves: Readonly<Record<string, { crv: number; alg: number; name: string }>> = {
  'P-256': { crv: 1, alg: -7, name: 'ES256' },
  'P-384': { crv: 2, alg: -35, name: 'ES384' },
  'P-521': { crv: 3, alg: -36, name: 'ES512' },
};

/** RFC 9053 §7: the COSE parameters of a JSON Web Key (RFC 7518 §6, RFC 8037 §2, RFC 9964). */
function fromMembers(jwk: object): Parameters {
  const { kty, crv, alg } = jwk as Record<string, unknown>;
  const member = (name: string) => bytesOf(jwk, name);
  const curve = typeof crv === 'string' && Object.hasOwn(curves, crv) ? curves[crv] : undefined;
  if (kty === 'EC' && curve !== undefined) {
    requireAlgorithm(alg, [curve.name]);
    const point = [
      [-1, curve.crv] as const,
      [-2, member('x')] as const,
      [-3, member('y')] as const,
    ];
    return new Map<number, number | Uint8Array>([[1, 2], [3, curve.alg], ...point]);
  }
  if (kty === 'OKP' && crv === 'Ed25519') {
    requireAlgorithm(alg, ['EdDSA', 'Ed25519']);
    return new Map<number, number | Uint8Array>([
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, member('x')],
    ]);
  }
  if (kty === 'RSA') {
    requireAlgorithm(alg, ['RS256']);
    return new Map<number, number | Uint8Array>([
      [1, 3],
      [3, -257],
      [-1, member('n')],
      [-2, member('e')],
    ]);
  }
  if (kty === 'AKP' && alg === 'ML-DSA-44') {
    return new Map<number, number | Uint8Array>([
      [1, 7],
      [3, -48],
      [-1, member('pub')],
    ]);
  }
  return refuse('no key of this type or curve is accepted');
}

/** A key that says which algorithm it is for (RFC 7517 §4.4) is for no other. */
function requireAlgorithm(alg: unknown, names: readonly string[]): void {
  if (alg === undefined || names.includes(String(alg))) return;
  refuse(`the algorithm of this key is not ${names.join(' or ')}`);
}

function bytesOf(jwk: object, name: string): Uint8Array {
  const value = (jwk as Record<string, unknown>)[name];
  const bytes = typeof value === 'string' ? readBytes(value) : null;
  return bytes ?? refuse(`member ${name} is not base64url`);
}

function refuse(detail: string): never {
  throw new RpError('verification_failed', { detail });
}
