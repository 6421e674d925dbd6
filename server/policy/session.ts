import { createHash } from 'node:crypto';
import { toBase64Url } from '../base64url.ts';

/** The opaque token of a session and what may be kept of it: only the hash is ever stored. */
export interface SessionToken {
  readonly token: string;
  readonly tokenHash: string;
}

/** SHA-256 suffices: the token is 256 random bits, so there is nothing to guess. */
export function hashSessionToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

export function newSessionToken(random: (length: number) => Uint8Array): SessionToken {
  const token = toBase64Url(random(32));
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
