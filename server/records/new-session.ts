import { toBase64Url } from '../base64url.ts';
import type { Caller } from './caller.ts';
import { isRestricted, lineageOf, type NewSession, type Proof } from './session.ts';
import { newSessionToken } from './session-token.ts';

/** A session that begins now, whatever opened it, and the token that only the browser or app keeps. */
export function newSession(
  source: {
    readonly random: (length: number) => Uint8Array;
    /** Milliseconds since the Unix epoch. */
    readonly now: number;
    readonly ttlSeconds: number;
  },
  { userAgent, country, session: before }: Pick<Caller, 'userAgent' | 'country' | 'session'>,
  userId: string,
  proof: Proof,
): { token: string; session: NewSession } {
  const { random, now, ttlSeconds } = source;
  const { token, tokenHash } = newSessionToken(random, now);
  const session: NewSession = {
    ...proof,
    userId,
    tokenHash,
    id: toBase64Url(random(16)),
    createdAt: now,
    authenticatedAt: now,
    expiresAt: now + ttlSeconds * 1000,
    userAgent,
    country,
    // Apps that came with the session before go on with this one, but not through a recovery.
    succeeds: before?.userId === userId && !isRestricted(proof) ? lineageOf(before) : null,
  };
  return { token, session };
}
