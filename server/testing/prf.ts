import { createHash, createHmac } from 'node:crypto';

/**
 * What the PRF extension gives for an input, on an authenticator that has CTAP's hmac-secret
 * (WebAuthn L3 §10.1.4): `credRandom` is the credential's secret of 32 bytes for verified users.
 */
export function prfOutput(credRandom: Uint8Array, input: Uint8Array): Uint8Array {
  const salt = createHash('sha256').update('WebAuthn PRF\0').update(input).digest();
  return new Uint8Array(createHmac('sha256', credRandom).update(salt).digest());
}
