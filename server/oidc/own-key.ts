import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { ExternalSigningKey } from 'oidc-provider';
import type { Config } from '../config.ts';

type Jwk = Config['oidc']['keys'][number];

/**
 * A P-256 key that signs where it is asked. The library hands each signature to another thread, which takes
 * longer than the signature; for RSA keys it doesn't.
 */
class OwnKey extends ExternalSigningKey {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;

  constructor(jwk: Jwk) {
    super();
    this.#privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
    this.#publicKey = createPublicKey(this.#privateKey);
    Object.assign(this, { kid: jwk.kid, alg: 'ES256' });
  }

  override keyObject(): KeyObject {
    return this.#publicKey;
  }

  override async sign(data: Uint8Array): Promise<Uint8Array> {
    // With the options that ask Node for the other form, it takes twice as long.
    return fixedLength(sign('sha256', data, this.#privateKey));
  }
}

/**
 * RFC 7518 §3.4: both numbers of a signature, one behind the other. In DER each has its tag and length before it, and
 * may be shorter, or longer by a zero in front.
 */
export function fixedLength(der: Uint8Array): Uint8Array {
  const fixed = Buffer.alloc(64);
  let at = 2;
  for (const end of [32, 64]) {
    const length = der[at + 1] ?? 0;
    const number = der.subarray(at + 2, at + 2 + length);
    const digits = number.subarray(Math.max(0, length - 32));
    fixed.set(digits, end - digits.length);
    at += 2 + length;
  }
  return fixed;
}

/** The key as the library is to have it: certificates and key operations it takes from the JWK alone. */
export function ownKey(jwk: Jwk): Jwk | ExternalSigningKey {
  const isBare = jwk['x5c'] === undefined && jwk['key_ops'] === undefined;
  return jwk['crv'] === 'P-256' && isBare ? new OwnKey(jwk) : jwk;
}
