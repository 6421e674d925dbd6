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

  /** RFC 7518 §3.4: both numbers of the signature, one behind the other. */
  override async sign(data: Uint8Array): Promise<Uint8Array> {
    return sign('sha256', data, { key: this.#privateKey, dsaEncoding: 'ieee-p1363' });
  }
}

/** The key as the library is to have it: certificates and key operations it takes from the JWK alone. */
export function ownKey(jwk: Jwk): Jwk | ExternalSigningKey {
  const isBare = jwk['x5c'] === undefined && jwk['key_ops'] === undefined;
  return jwk['crv'] === 'P-256' && isBare ? new OwnKey(jwk) : jwk;
}
