import { hash } from 'node:crypto';
import { isBase64Url, toBase64Url } from '../base64url.ts';

/** The opaque token of a session and what may be kept of it: only the hash is ever stored. */
export interface SessionToken {
  readonly token: string;
  readonly tokenHash: string;
}

/** Base64url of the six bytes that say when the session was opened, before the random ones. */
const timeLength = 8;
const olderTokenLength = 43;
const tokenLength = timeLength + olderTokenLength;

/**
 * SHA-256 suffices: the token has 256 random bits, so there is nothing to guess. Before the hash stands
 * the time of the token, so that sessions which are opened together are stored together: by their hashes
 * alone, each would be written to a page of its own. (A token without a time is one of an older version.)
 */
export function hashSessionToken(token: string): string {
  const hashed = hash('sha256', token, 'base64url');
  if (token.length === olderTokenLength) return hashed;
  return Buffer.from(token.slice(0, timeLength), 'base64url').toString('hex') + hashed;
}

/** Whether a text has the form of a token, of this version or an older one. */
export function isSessionToken(text: string): boolean {
  return (text.length === tokenLength || text.length === olderTokenLength) && isBase64Url(text);
}

/** @param openedAt milliseconds since the Unix epoch */
export function newSessionToken(
  random: (length: number) => Uint8Array,
  openedAt: number,
): SessionToken {
  const time = Buffer.alloc(6);
  time.writeUIntBE(openedAt, 0, time.length);
  const token = toBase64Url(Buffer.concat([time, random(32)]));
  return { token, tokenHash: hashSessionToken(token) };
}

/**
 * What a clock may be set back by without ending the sessions that were opened just before: as far as that
 * of a machine restored from a snapshot, but not by years.
 */
const clockSkewMs = 7 * 24 * 60 * 60 * 1000;

/** Opened while the clock was far ahead, a session would live longer than any may. */
export function outlives(
  { expiresAt }: { readonly expiresAt: number },
  now: number,
  ttlSeconds: number,
): boolean {
  return expiresAt > now + ttlSeconds * 1000 + clockSkewMs;
}
