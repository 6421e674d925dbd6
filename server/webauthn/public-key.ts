/**
 * Credential public keys (COSE) as they arrive at registration.
 *
 * Guarantees: a key that passes has the type, curve and size its algorithm demands and is a key in
 * fact (an EC point lies on its curve), so that no account is left with a credential that can never
 * sign in. With attestation "none" nothing else ever touches the key at registration.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { toBase64Url } from '../base64url.ts';
import { type RefusalReason, RpError } from '../errors.ts';

export type CoseKey = ReadonlyMap<unknown, unknown>;

// https://www.iana.org/assignments/cose/cose.xhtml#key-common-parameters
const kty = 1;
const alg = 3;
const keyTypes = { okp: 1, ec2: 2, rsa: 3, akp: 7 } as const;

/** Refuses a public key that is not exactly what its algorithm asks for, and tells the algorithm. */
export function checkPublicKey(key: CoseKey): number {
  const algorithm = key.get(alg);
  switch (algorithm) {
    case -48:
      checkAkp(key, 1312);
      break;
    case -8:
      checkEd25519(key);
      break;
    // WebAuthn L3 §5.8.5: ES256, ES384 and ES512 each name one curve and no compressed points
    case -7:
      checkEc2(key, 1, 'P-256', 32);
      break;
    case -35:
      checkEc2(key, 2, 'P-384', 48);
      break;
    case -36:
      checkEc2(key, 3, 'P-521', 66);
      break;
    case -257:
      checkRsa(key);
      break;
    default:
      unusableKey(`no public key of algorithm ${String(algorithm)} is accepted`);
  }
  return algorithm;
}

function checkEc2(key: CoseKey, curve: number, crv: string, size: number): void {
  requireType(key, keyTypes.ec2, 5);
  if (key.get(-1) !== curve) unusableKey(`the curve is not ${crv}`);
  const x = bytes(key, -2, size);
  const y = bytes(key, -3, size);
  try {
    if (crv === 'P-256') createPublicKey(p256Pem(x, y));
    else {
      const jwk = { kty: 'EC', crv, x: toBase64Url(x), y: toBase64Url(y) };
      createPublicKey({ key: jwk, format: 'jwk' });
    }
  } catch (cause) {
    unusableKey(`no point of ${crv}`, cause);
  }
}

/**
 * A P-256 key as a text, which is what the runtime reads quickest: it tells other kinds of input apart by
 * exceptions.
 *
 * @param x and y have 32 bytes
 */
export function p256Pem(x: Uint8Array, y: Uint8Array): string {
  const point = Buffer.concat([x, y]).toString('base64');
  return `-----BEGIN PUBLIC KEY-----\n${p256Head}${point}\n-----END PUBLIC KEY-----\n`;
}

/**
 * A key that passed `checkPublicKey` as the runtime has it.
 *
 * @returns null for algorithms other than ES256 and RS256
 */
export function keyObjectOf(key: CoseKey): KeyObject | null {
  const field = (label: number) => toBase64Url(bytes(key, label));
  switch (key.get(alg)) {
    case -7:
      return createPublicKey(p256Pem(bytes(key, -2), bytes(key, -3)));
    case -257:
      return createPublicKey({ key: { kty: 'RSA', n: field(-1), e: field(-2) }, format: 'jwk' });
    default:
      return null;
  }
}

/** RFC 5480 §2: all that is the same in every P-256 key, up to the point's two coordinates. */
const p256Head = 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE';

function checkEd25519(key: CoseKey): void {
  requireType(key, keyTypes.okp, 4);
  // WebAuthn L3 §5.8.5: -8 means Ed25519 (6) and no other curve
  if (key.get(-1) !== 6) unusableKey('the curve is not Ed25519');
  bytes(key, -2, 32);
}

function checkAkp(key: CoseKey, size: number): void {
  requireType(key, keyTypes.akp, 3);
  bytes(key, -1, size);
}

function checkRsa(key: CoseKey): void {
  requireType(key, keyTypes.rsa, 4);
  const n = bytes(key, -1);
  const e = bytes(key, -2);
  // Below 2048 bits too weak; above 4096 a sender could buy our time with a key of its making.
  if (n.length < 256 || n.length > 512 || n[0] === 0)
    unusableKey(`RSA modulus of ${n.length} bytes`);
  const exponent = e.reduce((sum, byte) => sum * 256 + byte, 0);
  if (e.length > 4 || exponent < 3 || exponent % 2 === 0) unusableKey('bad RSA exponent');
}

function requireType(key: CoseKey, expected: number, members: number): void {
  // WebAuthn L3 §6.5.1.1: no parameters but those that the key type needs
  if (key.size !== members) unusableKey(`a public key of ${key.size} parameters, not ${members}`);
  if (key.get(kty) !== expected) unusableKey(`key type ${String(key.get(kty))} is not ${expected}`);
}

function bytes(key: CoseKey, label: number, size?: number): Uint8Array {
  const value = key.get(label);
  if (!(value instanceof Uint8Array)) unusableKey(`COSE parameter ${label} is not a byte string`);
  if (size !== undefined && value.length !== size) {
    unusableKey(`COSE parameter ${label} has ${value.length} bytes, not ${size}`);
  }
  return value;
}

/**
 * Refuses a new key that could never sign in, and says so in public: the person can do nothing about it but
 * take another browser or authenticator.
 */
export function unusableKey(detail: string, cause?: unknown): never {
  throw new RpError('verification_failed', {
    detail,
    publicDetail: 'The public key of the new passkey is malformed.',
    members: { reason: 'malformed-key' satisfies RefusalReason },
    cause,
  });
}
