import { type Bytes, frame, utf8 } from './bytes.ts';

/**
 * Every key of the vault comes from HKDF-SHA-256 (RFC 5869) with an info that begins with the key's own label,
 * so that no two keys are ever the same; what follows binds it to its place. The salt is empty but for seals.
 */
export const label = {
  envelope: 'latchkey vault envelope v1',
  fingerprint: 'latchkey vault fingerprint v1',
  recoveryEnvelope: 'latchkey vault recovery envelope v1',
  recoveryFingerprint: 'latchkey vault recovery fingerprint v1',
  recoveryVerifier: 'latchkey recovery verifier v1',
  seal: 'latchkey vault seal v1',
  voucher: 'latchkey vault voucher v1',
  data: 'latchkey vault data v1',
  application: 'latchkey vault application key v1',
} as const;

type Label = (typeof label)[keyof typeof label];

/** The info of a derivation: the label and what the key is bound to. */
export const info = (name: Label, ...bound: readonly Bytes[]): Bytes => frame(utf8(name), ...bound);

const hkdf = (bound: Bytes, salt: Bytes = new Uint8Array()) =>
  ({ name: 'HKDF', hash: 'SHA-256', salt, info: bound }) as const;

/** A secret as a key that can be derived from and that nobody, this page included, can read again. */
export const importSecret = (secret: BufferSource): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey', 'deriveBits']);

export async function deriveBytes(secret: CryptoKey, bound: Bytes, length: number): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.deriveBits(hkdf(bound), secret, length * 8));
}

type Derived = AesDerivedKeyParams | HmacImportParams;

/** A key of this kind, not extractable. */
export const deriveKey = (
  secret: CryptoKey,
  bound: Bytes,
  kind: Derived,
  usages: readonly KeyUsage[],
  salt?: Bytes,
): Promise<CryptoKey> =>
  crypto.subtle.deriveKey(hkdf(bound, salt), secret, kind, false, [...usages]);

export const deriveCipher = (secret: CryptoKey, bound: Bytes, salt?: Bytes): Promise<CryptoKey> =>
  deriveKey(secret, bound, { name: 'AES-GCM', length: 256 }, ['encrypt', 'decrypt'], salt);

export const deriveSigner = (secret: CryptoKey, bound: Bytes): Promise<CryptoKey> =>
  deriveKey(secret, bound, { name: 'HMAC', hash: 'SHA-256', length: 256 }, ['sign', 'verify']);
