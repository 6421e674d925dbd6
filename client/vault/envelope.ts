/**
 * An envelope: the keys of a vault, closed for one way in. `docs/vault.md` gives it byte by byte.
 *
 * Guarantees: it opens only with the lock that it was made for, so one that was moved to another account,
 * credential or salt fails; a new data key is sealed into it only if somebody who held the old one has vouched for
 * its public key; and a seal opens only if whoever made it knew the lineage of the vault.
 */
import { type Bytes, concat, frame, fromBase64Url, toBase64Url, utf8 } from './bytes.ts';
import { decrypt, encrypt, sealedLength } from './cipher.ts';
import { deriveSigner, importSecret, info, label } from './hkdf.ts';
import { joined, type Keys, keyLength, parted } from './keys.ts';
import type { Lock, WayIn } from './lock.ts';
import { newRecipient, pointLength, scalarLength, seal, sealLength, unseal } from './recipient.ts';

const version = 1;
const voucherLength = 32;
const keysLength = 2 * keyLength;
const closedLength = sealedLength(keysLength + scalarLength);
const plainLength = 1 + closedLength + pointLength + voucherLength;

interface Parts {
  /** Data key, lineage and private key of the recipient, encrypted under the lock. */
  readonly closed: Bytes;
  readonly publicKey: Bytes;
  readonly voucher: Bytes;
  /** The data key of a later rotation, sealed to the recipient: it takes the place of the one closed. */
  readonly seal: Bytes | null;
}

/** Why an envelope can't be read; anything else that goes wrong means that the lock does not fit. */
export class UnknownFormat extends Error {
  override readonly name = 'UnknownFormat';
}

/** A new envelope around these keys. */
export async function closeEnvelope(account: string, lock: Lock, keys: Keys): Promise<string> {
  const { privateKey, publicKey } = await newRecipient();
  const plain = concat(joined(keys), privateKey);
  const closed = await encrypt(lock.key, plain, concat(lock.bound, publicKey));
  const voucher = await vouch(account, keys.data, lock.way, publicKey);
  plain.fill(0);
  return write({ closed, publicKey, voucher, seal: null });
}

/**
 * The keys in it. `isSealed`: the data key came by a rotation from elsewhere, and the envelope should be made
 * anew, so that it needs no more than the lock.
 *
 * @throws {UnknownFormat}
 * @throws {DOMException} `OperationError`: the lock does not fit, or it was tampered with
 */
export async function openEnvelope(
  account: string,
  lock: Lock,
  wrappedKey: string,
): Promise<{ keys: Keys; isSealed: boolean }> {
  const parts = read(wrappedKey);
  const { publicKey } = parts;
  const plain = await decrypt(lock.key, parts.closed, concat(lock.bound, publicKey));
  const privateKey = plain.slice(keysLength);
  const closed = parted(plain);
  const { lineage } = closed;
  const data =
    parts.seal === null
      ? closed.data
      : await unseal(account, { privateKey, publicKey, lineage }, parts.seal);
  plain.fill(0);
  privateKey.fill(0);
  return { keys: { data, lineage }, isSealed: parts.seal !== null };
}

/**
 * The same envelope with a new data key sealed into it; null if nobody who held the old one has
 * vouched for it, so that no server can smuggle in a recipient of its own.
 *
 * @throws {UnknownFormat} if a later version of this code wrote it: that is a way in, and is not given up
 */
export async function resealEnvelope(
  account: string,
  way: WayIn,
  wrappedKey: string,
  old: Keys,
  next: Keys,
): Promise<string | null> {
  if (isOfLaterVersion(wrappedKey)) throw new UnknownFormat('an envelope of a later version');
  const parts = readable(wrappedKey);
  if (parts === null) return null;
  const { closed, publicKey, voucher } = parts;
  if (!(await isVouched(account, old.data, way, publicKey, voucher))) return null;
  return write({
    ...{ closed, publicKey },
    voucher: await vouch(account, next.data, way, publicKey),
    seal: await seal(account, { publicKey, lineage: old.lineage }, next.data),
  });
}

async function vouch(account: string, dataKey: Bytes, way: WayIn, publicKey: Bytes) {
  const key = await voucherKey(account, dataKey);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, vouchedFor(way, publicKey)));
}

async function isVouched(
  account: string,
  dataKey: Bytes,
  way: WayIn,
  publicKey: Bytes,
  voucher: Bytes,
): Promise<boolean> {
  const key = await voucherKey(account, dataKey);
  return crypto.subtle.verify('HMAC', key, voucher, vouchedFor(way, publicKey));
}

async function voucherKey(account: string, dataKey: Bytes): Promise<CryptoKey> {
  return deriveSigner(await importSecret(dataKey), info(label.voucher, fromBase64Url(account)));
}

function vouchedFor(way: WayIn, publicKey: Bytes): Bytes {
  const names = way.kind === 'passkey' ? [way.credentialId, way.saltId] : [];
  return frame(utf8(way.kind), ...[...names, way.fingerprint].map(fromBase64Url), publicKey);
}

function write({ closed, publicKey, voucher, seal }: Parts): string {
  return toBase64Url(
    concat(Uint8Array.of(version), closed, publicKey, voucher, seal ?? new Uint8Array()),
  );
}

/** Whether a later version of this code wrote it. */
export const isOfLaterVersion = (wrappedKey: string): boolean =>
  (fromBase64Url(wrappedKey)[0] ?? 0) > version;

/** @throws {UnknownFormat} */
function read(wrappedKey: string): Parts {
  const parts = readable(wrappedKey);
  if (parts === null) throw new UnknownFormat('an envelope of another form');
  return parts;
}

/** Null if it is of another form. */
function readable(wrappedKey: string): Parts | null {
  const bytes = fromBase64Url(wrappedKey);
  const isKnown =
    bytes[0] === version &&
    (bytes.length === plainLength || bytes.length === plainLength + sealLength);
  if (!isKnown) return null;
  const lengths = [1, closedLength, pointLength, voucherLength, sealLength];
  const [, closed, publicKey, voucher, seal] = split(bytes, lengths) as [
    Bytes,
    Bytes,
    Bytes,
    Bytes,
    Bytes,
  ];
  return { closed, publicKey, voucher, seal: seal.length === 0 ? null : seal };
}

function split(bytes: Bytes, lengths: readonly number[]): Bytes[] {
  let end = 0;
  return lengths.map((length) => {
    end += length;
    return bytes.slice(end - length, end);
  });
}
