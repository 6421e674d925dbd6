/**
 * The seal: a challenge that is its own record of the ceremony it belongs to.
 *
 * A challenge holds a random nonce, its expiry and everything that the options promised, encrypted and
 * authenticated under a key that only this server has and bound to the cookie of one browser. So an
 * options call writes nothing, any number of tabs can hold one each, and every node can open it. It
 * does not make a challenge single-use: the nonce is spent in the transaction that completes the ceremony.
 */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { fromBase64Url, isBase64Url, toBase64Url } from '../base64url.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import type { UserVerificationRequirement } from '../policy/user-verification.ts';
import type { Nonce } from '../records/nonce.ts';

interface Promised {
  readonly userVerification: UserVerificationRequirement;
  readonly mediation: 'conditional' | 'immediate' | null;
}

export interface SignUp extends Promised {
  readonly kind: 'sign-up';
  readonly userId: string;
  readonly username: string;
  readonly displayName: string;
  readonly algorithms: readonly number[];
}

export interface Addition extends Promised {
  readonly kind: 'addition';
  readonly userId: string;
  /** The credential whose place the new one takes. */
  readonly upgrades: string | null;
  readonly algorithms: readonly number[];
}

export interface SignIn extends Promised {
  readonly kind: 'sign-in' | 'step-up';
  /** The account it is for; null when the passkey is to tell. */
  readonly userId: string | null;
  /** One of a former domain's, or ours. */
  readonly rpId: string;
  /** Fingerprints of the allowed credentials; empty when any will do. */
  readonly allowed: readonly string[];
}

export type Ceremony = SignUp | Addition | SignIn;

export interface Opened<Kind extends Ceremony> {
  readonly ceremony: Kind;
  readonly nonce: Nonce;
}

const clockSkewMs = 60_000;
const dayMs = 86_400_000;
const dayLength = 2;
const nonceLength = 16;
const ivLength = 12;
const tagLength = 16;
const algorithm = 'aes-256-gcm';

/** The nonce is the IV and four bytes more; those and the browser are authenticated beside the text. */
function additionalData(nonce: Uint8Array, browser: string): Uint8Array {
  return Buffer.concat([nonce.subarray(ivLength), Buffer.from(browser)]);
}

/** WebAuthn L3 §5.4.3: a user handle has at most 64 bytes. */
const longestUserId = 86;

/** How long a challenge is tells nothing of the account: its user handle may come from another server. */
function padded(sealed: { readonly expiresAt: number; readonly ceremony: Ceremony }): string {
  const { userId } = sealed.ceremony;
  const missing = userId === null ? 0 : longestUserId - userId.length;
  return JSON.stringify(sealed) + ' '.repeat(Math.max(0, missing));
}

/** WebAuthn L3 §13.4.3: a challenge carries at least 16 random bytes. */
export function sealChallenge(
  { config, keys, now, random }: Pick<Deps, 'config' | 'keys' | 'now' | 'random'>,
  browser: string,
  ceremony: Ceremony,
): string {
  const nonce = random(nonceLength);
  const [key] = keys.challenge;
  if (key === undefined) throw new TypeError('no key to seal with');
  const expiresAt = now() + config.challengeTtlSeconds * 1000;
  const day = Math.floor(now() / dayMs);
  // NIST SP 800-38D §8.3: random IVs are good for 2³² texts a key, hence a key for every day.
  const cipher = createCipheriv(algorithm, key(day), nonce.subarray(0, ivLength));
  cipher.setAAD(additionalData(nonce, browser));
  const sealed = cipher.update(padded({ expiresAt, ceremony }), 'utf8');
  const last = cipher.final();
  const head = Buffer.from([day >> 8, day & 0xff]);
  return toBase64Url(Buffer.concat([head, nonce, sealed, last, cipher.getAuthTag()]));
}

/**
 * Opens a challenge of this server that was given to this browser for one of these kinds.
 *
 * @throws {RpError} `challenge_invalid`: not ours, another browser's, another purpose's, or expired
 */
export function openChallenge<Kind extends Ceremony['kind']>(
  { config, keys, now }: Pick<Deps, 'config' | 'keys' | 'now'>,
  challenge: string,
  browser: string | null,
  kinds: readonly Kind[],
): Opened<Extract<Ceremony, { kind: Kind }>> {
  if (browser === null) throw invalid('the browser has no cookie of ours');
  const bytes = isBase64Url(challenge) ? fromBase64Url(challenge) : new Uint8Array();
  if (bytes.length < dayLength + nonceLength + tagLength) throw invalid('not one of ours');
  const day = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  // No challenge lives for a day, so no other days' keys are worth the making.
  if (Math.abs(day - Math.floor(now() / dayMs)) > 1) throw invalid('of another day');
  const nonce = bytes.subarray(dayLength, dayLength + nonceLength);
  for (const key of keys.challenge) {
    const sealed = bytes.subarray(dayLength + nonceLength);
    const text = decrypt(key(day), nonce, additionalData(nonce, browser), sealed);
    if (text === null) continue;
    const { expiresAt, ceremony } = JSON.parse(text) as { expiresAt: number; ceremony: Ceremony };
    if (now() > expiresAt) throw invalid('expired');
    // Sealed while the clock was ahead: it would live longer than any challenge may.
    if (expiresAt > now() + config.challengeTtlSeconds * 1000 + clockSkewMs) {
      throw invalid('from the future');
    }
    if (!(kinds as readonly string[]).includes(ceremony.kind)) throw invalid('another purpose');
    return {
      ceremony: ceremony as Extract<Ceremony, { kind: Kind }>,
      nonce: { value: nonce, expiresAt },
    };
  }
  throw invalid('not one of ours, or another browser’s');
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
