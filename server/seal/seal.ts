/**
 * The seal: a text that is its own record of what the server promised to a browser.
 *
 * It is handed out, comes back, and nothing of it is stored meanwhile; every node can open it. It is encrypted
 * and authenticated under a key that only this server has, and bound to one browser. It does not make anything
 * single-use: the nonce is spent in the transaction that completes what was promised.
 *
 * In base64url:
 *
 * | bytes | what |
 * | --- | --- |
 * | 1 | version of this layout |
 * | 2 | day: days since the Unix epoch, which choose the key |
 * | 16 | nonce, random; its first 12 bytes are the IV |
 * | n | AES-256-GCM of the content: `{ "expiresAt", "promise" }` in JSON, with spaces behind it |
 * | 16 | authentication tag |
 *
 * Authenticated beside the content: version, day, the last 4 bytes of the nonce, and what stands for the browser,
 * which is its cookie or another text that only it knows.
 */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { fromBase64Url, isBase64Url, toBase64Url } from '../base64url.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import type { DailyKey } from '../keys.ts';
import type { Nonce } from '../records/nonce.ts';

/** One kind of sealed text: kinds with keys of their own don't open each other's. */
export interface Sealing {
  /** The first seals, every one opens. */
  readonly keys: readonly DailyKey[];
  readonly ttlSeconds: number;
}

export interface Unsealed<Promised> {
  readonly promise: Promised;
  readonly nonce: Nonce;
}

/** Raised by whoever changes the layout or what stands in it: an older text is then refused. */
const version = 1;

const clockSkewMs = 60_000;
const dayMs = 86_400_000;
const headLength = 3;
const nonceLength = 16;
const ivLength = 12;
const tagLength = 16;
const algorithm = 'aes-256-gcm';

/**
 * Seals a promise, which has to be JSON, until it expires.
 *
 * @param padding spaces to add, so that the length tells nothing
 */
export function seal(
  { now, random }: Pick<Deps, 'now' | 'random'>,
  { keys, ttlSeconds }: Sealing,
  browser: string,
  promise: object,
  padding = 0,
): string {
  const [keyOf] = keys;
  if (keyOf === undefined) throw new TypeError('no key to seal with');
  const day = dayOf(now());
  const head = Buffer.from([version, day >> 8, day & 0xff]);
  const nonce = random(nonceLength);
  // NIST SP 800-38D §8.3: random IVs are good for 2³² texts a key, hence a key for every day.
  const cipher = createCipheriv(algorithm, keyOf(day), nonce.subarray(0, ivLength));
  cipher.setAAD(additionalData(head, nonce, browser));
  const expiresAt = now() + ttlSeconds * 1000;
  const content = JSON.stringify({ expiresAt, promise }) + ' '.repeat(padding);
  const sealed = [cipher.update(content, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return toBase64Url(Buffer.concat([head, nonce, ...sealed]));
}

/**
 * Opens what this server sealed for this browser.
 *
 * @param readPromise gives null for a promise that is not of the expected form
 * @throws {RpError} `challenge_invalid`: not ours, another browser's, of another version, expired, or a
 *   promise of another form
 */
export function unseal<Promised>(
  { now }: Pick<Deps, 'now'>,
  { keys, ttlSeconds }: Sealing,
  text: string,
  browser: string | null,
  readPromise: (promise: unknown) => Promised | null,
): Unsealed<Promised> {
  if (browser === null) throw invalid('the browser has no cookie of ours');
  const bytes = isBase64Url(text) ? fromBase64Url(text) : new Uint8Array();
  if (bytes.length < headLength + nonceLength + tagLength) throw invalid('not one of ours');
  const head = bytes.subarray(0, headLength);
  if (head[0] !== version) throw invalid('of another version');
  const day = ((head[1] ?? 0) << 8) | (head[2] ?? 0);
  // No keys are made for days on which nothing was sealed that could still be good.
  const age = dayOf(now()) - day;
  if (age < -1 || age > dayOf(ttlSeconds * 1000) + 1) throw invalid('of another day');
  const nonce = bytes.subarray(headLength, headLength + nonceLength);
  const sealed = bytes.subarray(headLength + nonceLength);
  const additional = additionalData(head, nonce, browser);
  for (const keyOf of keys) {
    const content = decrypt(keyOf(day), nonce, additional, sealed);
    if (content === null) continue;
    const { expiresAt, promise } = readContent(content);
    if (now() > expiresAt) throw invalid('expired');
    // Sealed while the clock was ahead: it would live longer than anything may.
    if (expiresAt > now() + ttlSeconds * 1000 + clockSkewMs) {
      throw invalid('from the future');
    }
    const read = readPromise(promise);
    if (read === null) throw invalid('another purpose, or a promise of another form');
    return { promise: read, nonce: { value: nonce, expiresAt } };
  }
  throw invalid('not one of ours, or another browser’s');
}

const dayOf = (time: number): number => Math.floor(time / dayMs);

function additionalData(head: Uint8Array, nonce: Uint8Array, browser: string): Uint8Array {
  return Buffer.concat([head, nonce.subarray(ivLength), Buffer.from(browser)]);
}

function readContent(content: string): { expiresAt: number; promise: unknown } {
  const { expiresAt, promise } = JSON.parse(content) as { expiresAt: unknown; promise: unknown };
  if (typeof expiresAt !== 'number') throw invalid('content of another form');
  return { expiresAt, promise };
}

function decrypt(
  key: KeyObject,
  nonce: Uint8Array,
  additional: Uint8Array,
  sealed: Uint8Array,
): string | null {
  const split = sealed.length - tagLength;
  const iv = nonce.subarray(0, ivLength);
  const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagLength });
  decipher.setAAD(additional);
  decipher.setAuthTag(sealed.subarray(split));
  try {
    return decipher.update(sealed.subarray(0, split), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return null;
  }
}

function invalid(detail: string): RpError {
  return new RpError('challenge_invalid', { detail });
}
