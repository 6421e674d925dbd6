/**
 * The box: a secret that is stored and read again, such as a refresh token.
 *
 * It is encrypted and authenticated under a key that is derived from `SECRET`, and bound to what it is for. The
 * name of the key stands before it, so that after a rotation it is known at once what is to be sealed again.
 *
 * `NAME.SEALED`; SEALED is base64url of an IV of 12 bytes, AES-256-GCM of the text, and a tag of 16 bytes.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { fromBase64Url, isBase64Url, toBase64Url } from '../base64url.ts';
import type { Deps } from '../deps.ts';

const algorithm = 'aes-256-gcm';
const ivLength = 12;
const tagLength = 16;

/** @param purpose what it is for; it opens for nothing else */
export function sealStored(
  { keys, random }: Pick<Deps, 'keys' | 'random'>,
  purpose: string,
  text: string,
): string {
  const [first] = keys.stored;
  if (first === undefined) throw new TypeError('no key to seal with');
  // NIST SP 800-38D §8.3: random IVs are good for 2³² texts a key, more than a site has sign-ins.
  const iv = random(ivLength);
  const cipher = createCipheriv(algorithm, first.key, iv).setAAD(Buffer.from(purpose));
  const sealed = [cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return `${first.name}.${toBase64Url(Buffer.concat([iv, ...sealed]))}`;
}

/** @returns null if it was sealed under no key of ours, or for another purpose */
export function openStored(
  { keys }: Pick<Deps, 'keys'>,
  purpose: string,
  sealed: string,
): string | null {
  const [name = '', body = ''] = sealed.split('.', 2);
  const known = keys.stored.find((each) => each.name === name);
  const bytes = isBase64Url(body) ? fromBase64Url(body) : new Uint8Array();
  if (known === undefined || bytes.length < ivLength + tagLength) return null;
  const end = bytes.length - tagLength;
  const decipher = createDecipheriv(algorithm, known.key, bytes.subarray(0, ivLength), {
    authTagLength: tagLength,
  }).setAAD(Buffer.from(purpose));
  decipher.setAuthTag(bytes.subarray(end));
  try {
    const opened = decipher.update(bytes.subarray(ivLength, end), undefined, 'utf8');
    return opened + decipher.final('utf8');
  } catch {
    return null;
  }
}

/** Whether it is sealed under the key of today. */
export function isSealedToday({ keys }: Pick<Deps, 'keys'>, sealed: string): boolean {
  return sealed.startsWith(`${keys.stored[0]?.name}.`);
}
