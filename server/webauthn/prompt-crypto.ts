/**
 * The digests and ES256 verifications of the library, done at once.
 *
 * The library asks the Web Cryptography API, and there every digest, key and signature is a trip to
 * another thread that costs more than the work itself. It looks for `globalThis.crypto` once and keeps
 * what it finds, so it finds this first: the same work by `node:crypto`, and the runtime's own for
 * everything else. The global is as it was before anyone else sees it; and if the library should ever
 * look again, it finds the runtime's, which is slower and no less right.
 */
import { hash, type JsonWebKey, verify, webcrypto } from 'node:crypto';
import { derSignature } from './ecdsa-signature.ts';
import { p256Pem } from './public-key.ts';

type Subtle = typeof webcrypto.subtle;
type Key = webcrypto.CryptoKey | PromptKey;

/** A key that is read when it is used: reading and using it in one step is the quickest. */
class PromptKey {
  readonly pem: string;

  constructor(pem: string) {
    this.pem = pem;
  }
}

const { subtle } = webcrypto;

/** The digest of every client data and of every ES256 signature. */
const sha256 = 'SHA-256';

export const promptly = {
  async digest(...[algorithm, data]: Parameters<Subtle['digest']>): Promise<ArrayBuffer> {
    if (algorithm !== sha256) return subtle.digest(algorithm, data);
    const digest = hash('sha256', viewOf(data), 'buffer');
    return digest.buffer.slice(digest.byteOffset, digest.byteOffset + digest.length) as ArrayBuffer;
  },

  async importKey(
    format: webcrypto.KeyFormat,
    data: JsonWebKey,
    algorithm: webcrypto.EcKeyImportParams,
    ...rest: [boolean, webcrypto.KeyUsage[]]
  ): Promise<Key> {
    const isEs256 =
      format === 'jwk' && algorithm.name === 'ECDSA' && algorithm.namedCurve === 'P-256';
    const [x, y] = [data.x ?? '', data.y ?? ''].map((text) => Buffer.from(text, 'base64url'));
    // RFC 7518 §6.2.1.2: a coordinate has the full size of its curve.
    const isPoint = x?.length === 32 && y?.length === 32;
    if (!isEs256 || !isPoint) return subtle.importKey(format as 'jwk', data, algorithm, ...rest);
    return new PromptKey(p256Pem(x, y));
  },

  async verify(
    algorithm: webcrypto.EcdsaParams,
    key: Key,
    signature: Uint8Array,
    data: Uint8Array,
  ): Promise<boolean> {
    if (!(key instanceof PromptKey)) return subtle.verify(algorithm, key, signature, data);
    // RFC 7518 §3.4: two numbers of 32 bytes each.
    if (signature.length !== 64) return false;
    const { name } = algorithm.hash as { name: string };
    return verify(name, data, key.pem, derSignature(signature));
  },
};

function viewOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** While `look` runs, this is what `globalThis.crypto` is; then it is again what it was. */
export async function offerPromptCrypto(look: () => Promise<unknown>): Promise<void> {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'crypto');
  if (before === undefined) return;
  const value = { subtle: promptly, getRandomValues: webcrypto.getRandomValues.bind(webcrypto) };
  Object.defineProperty(globalThis, 'crypto', { value, configurable: true });
  try {
    await look();
  } finally {
    Object.defineProperty(globalThis, 'crypto', before);
  }
}
