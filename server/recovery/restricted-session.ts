import type { Deps } from '../deps.ts';
import type { Caller } from '../records/caller.ts';
import { newSession } from '../records/new-session.ts';
import type { NewSession } from '../records/session.ts';
import type { User } from '../records/user.ts';

/** A session that can only add a passkey, and the token that only the browser or app keeps. */
export interface Opened {
  readonly user: User;
  readonly session: NewSession;
  readonly token: string;
}

/** Long enough to make a passkey, also on another device. */
const ttlSeconds = 30 * 60;

export function openRestricted(
  { now, random }: Deps,
  caller: Caller,
  user: User,
  method: 'recovery' | 'enrolment',
): Opened {
  const source = { random, now: now(), ttlSeconds };
  const proof = { method, credentialId: null, userVerified: false } as const;
  return { user, ...newSession(source, caller, user.id, proof) };
}
