import { type Bytes, concat, fromBase64Url, toBase64Url } from './bytes.ts';
import { decrypt, encrypt, sealedLength } from './cipher.ts';
import { deriveCipher, importSecret, info, label } from './hkdf.ts';
import { keyLength } from './keys.ts';

/**
 * A key pair (P-256) in every envelope. Whoever has the vault open can seal a data key to its public half, while
 * the passkey itself is far away: that is how a new data key reaches every way in.
 *
 * Guarantees: only the private half opens it, and only who knows the lineage of the vault could make it. The
 * public half alone is not enough: the server has it.
 */

export const scalarLength = 32;
/** An uncompressed point: 4, x, y (SEC 1 §2.3.3). */
export const pointLength = 65;
export const sealLength = pointLength + sealedLength(keyLength);

const curve = { name: 'ECDH', namedCurve: 'P-256' } as const;

export async function newRecipient(): Promise<{ privateKey: Bytes; publicKey: Bytes }> {
  const pair = await crypto.subtle.generateKey(curve, true, ['deriveBits']);
  const { d = '' } = await crypto.subtle.exportKey('jwk', pair.privateKey);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  return { privateKey: fromBase64Url(d), publicKey };
}

/** Ephemeral public key, then the data key encrypted under what both halves agree on. */
export async function seal(
  account: string,
  { publicKey, lineage }: { publicKey: Bytes; lineage: Bytes },
  dataKey: Bytes,
): Promise<Bytes> {
  const ephemeral = await newRecipient();
  const shared = await agree(ephemeral, publicKey);
  const cipher = await cipherOf(account, shared, lineage, [ephemeral.publicKey, publicKey]);
  return concat(ephemeral.publicKey, await encrypt(cipher.key, dataKey, cipher.bound));
}

/** @throws {DOMException} if it was sealed to another, by a stranger, for another account, or tampered with */
export async function unseal(
  account: string,
  own: { privateKey: Bytes; publicKey: Bytes; lineage: Bytes },
  sealed: Bytes,
): Promise<Bytes> {
  const ephemeral = sealed.slice(0, pointLength);
  const shared = await agree(own, ephemeral);
  const cipher = await cipherOf(account, shared, own.lineage, [ephemeral, own.publicKey]);
  return decrypt(cipher.key, sealed.slice(pointLength), cipher.bound);
}

async function agree(
  own: { privateKey: Bytes; publicKey: Bytes },
  other: Bytes,
): Promise<ArrayBuffer> {
  const [d, x, y] = [own.privateKey, own.publicKey.slice(1, 33), own.publicKey.slice(33)].map(
    toBase64Url,
  ) as [string, string, string];
  const jwk = { kty: 'EC', crv: 'P-256', d, x, y };
  const privateKey = await crypto.subtle.importKey('jwk', jwk, curve, false, ['deriveBits']);
  const publicKey = await crypto.subtle.importKey('raw', other, curve, true, []);
  return crypto.subtle.deriveBits({ name: 'ECDH', public: publicKey }, privateKey, 256);
}

async function cipherOf(
  account: string,
  shared: ArrayBuffer,
  lineage: Bytes,
  both: readonly Bytes[],
): Promise<{ key: CryptoKey; bound: Bytes }> {
  const bound = info(label.seal, fromBase64Url(account), ...both);
  return { key: await deriveCipher(await importSecret(shared), bound, lineage), bound };
}
