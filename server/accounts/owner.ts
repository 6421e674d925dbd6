import type { Caller, Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import type { AuditEntry, AuditKind, Session, User } from '../store/store.ts';

/** A caller who is signed in: the only one for whom this room does anything. */
export interface Owner {
  readonly session: Session;
  readonly user: User;
}

/** @throws {RpError} `unauthenticated` */
export function requireOwner({ session, user }: Caller): Owner {
  if (session === null || user === null) throw new RpError('unauthenticated');
  return { session, user };
}

export function auditAccount(
  { now }: Deps,
  { session, user }: Owner,
  kind: AuditKind,
  credentialId: string | null,
  evidence: Readonly<Record<string, unknown>>,
): AuditEntry {
  return { at: now(), kind, userId: user.id, credentialId, sessionId: session.id, evidence };
}
