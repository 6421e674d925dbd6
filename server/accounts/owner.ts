import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import type { ByOwner } from '../records/audit/evidence.ts';
import type { AuditKind, EntryOf, Evidence } from '../records/audit.ts';
import type { Caller } from '../records/caller.ts';
import type { Session } from '../records/session.ts';
import type { User } from '../records/user.ts';

/** A caller who is signed in: the only one for whom this room does anything. */
export interface Owner extends Caller {
  readonly session: Session;
  readonly user: User;
}

/** @throws {RpError} `unauthenticated` */
export function requireOwner(caller: Caller): Owner {
  const { session, user } = caller;
  if (session === null || user === null) throw new RpError('unauthenticated');
  return { ...caller, session, user };
}

/** Where the owner did it, for the evidence. */
export function byOwner({ userAgent, country }: Caller): ByOwner {
  return { userAgent, country };
}

export function auditAccount<Kind extends AuditKind>(
  { now }: Deps,
  { session, user }: Owner,
  kind: Kind,
  credentialId: string | null,
  evidence: Evidence<Kind>,
): EntryOf<Kind> {
  return { at: now(), kind, userId: user.id, credentialId, sessionId: session.id, evidence };
}
