import { type Bytes, concat, random } from './bytes.ts';

/** NIST SP 800-38D §8.3: random nonces of 96 bits are safe for 2³² texts a key; ours encrypt a few. */
const nonceLength = 12;
const tagLength = 16;

export const sealedLength = (length: number): number => nonceLength + length + tagLength;

/** AES-256-GCM under a random nonce, which stands before the ciphertext and its tag. */
export async function encrypt(key: CryptoKey, plain: Bytes, additionalData: Bytes): Promise<Bytes> {
  const iv = random(nonceLength);
  const cipher = { name: 'AES-GCM', iv, additionalData };
  return concat(iv, new Uint8Array(await crypto.subtle.encrypt(cipher, key, plain)));
}

/** @throws {DOMException} `OperationError`: another key, other associated data, or tampered with */
export async function decrypt(
  key: CryptoKey,
  sealed: Bytes,
  additionalData: Bytes,
): Promise<Bytes> {
  const iv = sealed.slice(0, nonceLength);
  const cipher = { name: 'AES-GCM', iv, additionalData };
  return new Uint8Array(await crypto.subtle.decrypt(cipher, key, sealed.slice(nonceLength)));
}
