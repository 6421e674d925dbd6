import type { Deps } from '../deps.ts';
import type { Caller } from '../records/caller.ts';
import type { Session } from '../records/session.ts';
import { hashSessionToken, outlives } from '../records/session-token.ts';
import { auditAccount, byOwner, type Owner } from './owner.ts';

const nobody = { session: null, user: null };

/** The session of a token, and its owner; both null if it is unknown or has expired. */
export async function findSession(
  { config, now, store }: Deps,
  token: string | null,
): Promise<Pick<Caller, 'session' | 'user'>> {
  if (token === null) return nobody;
  const found = await store.findSession(hashSessionToken(token), now());
  if (found === null || outlives(found.session, now(), config.sessionTtlSeconds)) return nobody;
  return found;
}

export function listSessions({ now, store }: Deps, { user }: Owner): Promise<Session[]> {
  return store.listSessions(user.id, now());
}

/** @throws {RpError} `not_found` */
export async function endSession(deps: Deps, owner: Owner, id: string): Promise<void> {
  const isOwn = id === owner.session.id;
  const kind = isOwn ? 'signed-out' : 'session-ended';
  const audit = [auditAccount(deps, owner, kind, null, { ...byOwner(owner), session: id })];
  // Whoever ends another session doesn't trust it; what they sign out of themselves they do.
  await deps.store.endSession({ userId: owner.user.id, id, appsToo: !isOwn, audit });
}

/**
 * Signs out everywhere else.
 *
 * @returns how many sessions ended
 * @throws {RpError} `unauthenticated` (the session of the caller has ended meanwhile)
 */
export function endOtherSessions(deps: Deps, owner: Owner): Promise<number> {
  const audit = [auditAccount(deps, owner, 'other-sessions-ended', null, byOwner(owner))];
  const { session: keep, user } = owner;
  return deps.store.endOtherSessions({ userId: user.id, keep, audit });
}
